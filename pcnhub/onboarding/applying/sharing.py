"""The file's agreements and their parties. Nobody is activated by a file: each side's own people do that, on the pages."""

from __future__ import annotations

from pcnhub.care.sharing import operations
from pcnhub.care.sharing.operations import AgreementFacts
from pcnhub.onboarding.applying.progress import Run
from pcnhub.onboarding.shapes import OnboardingFile


def bring_in(content: OnboardingFile, run: Run) -> None:
    for one in content.agreements:
        place = f"agreement {one.kind}"
        with run.entry(place):
            hub = run.actor_of(content.network.hub)
            facts = AgreementFacts(
                hub_id=hub.organisation.id,
                kind=one.kind,
                name=one.name,
                terms_version=one.terms_version,
                starts_on=one.starts_on,
                ends_on=one.ends_on,
                allowed_job_categories=tuple(one.job_categories),
            )
            saved = operations.make_agreement(actor=hub, now=run.now, facts=facts)
            run.note(place, saved)
            for member in content.network.members:
                if member.left_on is None:
                    joined = operations.join(
                        actor=hub,
                        now=run.now,
                        agreement_id=saved.id,
                        organisation_id=run.id_of("organisation", member.ods),
                        joined_on=max(member.joined_on, one.starts_on),
                    )
                    run.note(f"{place}, party {member.ods}", joined)
