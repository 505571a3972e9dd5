"""The services that we call, one folder each."""
