"""What the worker starts by the clock: tidying, and looking for what no event tells."""

from datetime import timedelta
from functools import partial

from pcnhub.care.appointments.jobs import ask_to_mark_missed
from pcnhub.care.consultations.jobs import forget as forget_lost_words
from pcnhub.care.documents.jobs import ask_to_scan, ask_to_try
from pcnhub.care.patients.jobs import ask_to_forget, ask_to_lapse
from pcnhub.care.tasks.jobs import ask_to_look
from pcnhub.config.environment import current
from pcnhub.connections.mail.jobs import send_letters
from pcnhub.connections.mesh.jobs import ask_to_greet, ask_to_poll, ask_to_watch
from pcnhub.connections.pds.journal import forget_old
from pcnhub.connections.sds.journal import forget_old as forget_old_lookups
from pcnhub.entrances.staff.session import forget_expired
from pcnhub.foundations.jobs import chores
from pcnhub.foundations.jobs.chores import Chore
from pcnhub.foundations.jobs.tidying import tidy
from pcnhub.insight.continuity.jobs import write_packs
from pcnhub.insight.elsewhere.operations import forget_drafts
from pcnhub.insight.readiness.jobs import ask_before_sessions, ask_to_check
from pcnhub.insight.readiness.reminding import ask_to_remind
from pcnhub.insight.watch.jobs import ask_to_tell
from pcnhub.rehearsal.jobs import ask_for_tonight, tidy_up

CHORES: tuple[Chore, ...] = (
    Chore("jobs.tidy", timedelta(hours=1), tidy),
    Chore("appointments.missed", timedelta(minutes=5), ask_to_mark_missed),
    Chore("consultations.forget-lost-words", timedelta(minutes=5), forget_lost_words),
    Chore("tasks.look", timedelta(hours=1), ask_to_look),
    Chore("documents.try", timedelta(hours=1), ask_to_try),
    Chore("documents.scan", timedelta(minutes=5), ask_to_scan),
    Chore("patients.lapse", timedelta(hours=1), ask_to_lapse),
    Chore("patients.forget-files", timedelta(hours=1), ask_to_forget),
    Chore("readiness.check", timedelta(hours=1), ask_to_check),
    Chore("readiness.remind", timedelta(hours=1), ask_to_remind),
    Chore("readiness.before-sessions", timedelta(minutes=5), ask_before_sessions),
    Chore("watch.tell", timedelta(hours=1), partial(ask_to_tell, hour=current().watch_hour)),
    Chore("continuity.write", timedelta(minutes=current().continuity_minutes), write_packs),
    Chore("mesh.poll", timedelta(seconds=current().mesh_poll_seconds), ask_to_poll),
    Chore("mesh.greet", timedelta(hours=1), ask_to_greet),
    Chore("mesh.watch", timedelta(hours=1), ask_to_watch),
    Chore("mail.send", timedelta(seconds=10), send_letters),
    Chore("pds.forget", timedelta(days=1), forget_old),
    Chore("sds.forget", timedelta(days=1), forget_old_lookups),
    Chore("elsewhere.forget-drafts", timedelta(hours=1), forget_drafts),
    Chore("rehearsal.tidy", timedelta(minutes=10), tidy_up),
    Chore("rehearsal.ask", timedelta(minutes=10), ask_for_tonight),
    Chore("sessions.forget", timedelta(days=1), forget_expired),
)


def wire() -> None:
    """Tells the worker. Called once, when every room is loaded."""
    chores.wire(CHORES)
