"""The hub's rota: sessions of a week, weekly templates, slot types."""
