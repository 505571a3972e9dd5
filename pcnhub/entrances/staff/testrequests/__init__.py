"""Test requests: asked from a consultation, answered by the practice, owned by somebody until the result is acted on."""
