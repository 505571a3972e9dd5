"""Documents: listed, opened, attached, filed to a consultation, brought in by a practice, looked after."""
