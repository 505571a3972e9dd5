"""The log: JSON lines on standard error, with ids and never a person.

Libraries put values into their messages (a path, a user name, the row that broke a constraint). So of a library's line only
the template is kept, without its values; and of an exception its type and its place in the code, without its words.
"""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What our own modules hand over with `extra=`: ids and codes.
ALLOWED_EXTRAS = ("job", "fact", "worker", "organisation", "status_code")


def configure(options: dict[str, Any]) -> None:
    """Sends the logs of structlog and of the standard library to standard error. Django calls it with LOGGING."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place_of_exception,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=ALLOWED_EXTRAS), template_only, *before],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            use_get_message=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    logging.getLogger("django.request").setLevel(logging.ERROR)  # each request has its line already
    logging.getLogger("axes").setLevel(logging.ERROR)
    logging.captureWarnings(True)


def template_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Takes the values out of a library's message: `User %s locked` stays as it is written."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["event"] = str(record.msg)
        event.pop("positional_args", None)
    return event


def place_of_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type and the lines of code it passed through."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        record.exc_info = record.exc_text = None
    return event
