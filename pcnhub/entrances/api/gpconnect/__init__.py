"""GP Connect 1.2.7 as a provider: one service root for each organisation that is on (docs/gpconnect.md)."""
