"""GP Connect Access Record: Structured, read into the words of `records`. Pure: JSON in, values out.

Source: GP Connect 1.2.7 and 1.6.2 (Care Connect STU3), `accessrecord_structured_development_*`. Whatever is not understood
is named in the extract's `unread`; nothing is dropped in silence.
"""

from pcnhub.connections.gpconnect.mapping.structured import NotStructured, extract_from

__all__ = ["NotStructured", "extract_from"]
