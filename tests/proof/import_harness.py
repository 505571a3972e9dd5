"""A process that begins to take a file in, and stops dead in the middle, so that the test can kill it there.

python -m tests.proof.import_harness --stop-at written --practice ID --batch ID
"""

from __future__ import annotations

import argparse
import os
import time

STEP = "written, not committed"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stop-at", required=True)
    parser.add_argument("--practice", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()

    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.care.patients.operations.imports import taking

    def stop(*_: object, **__: object) -> None:
        print(options.stop_at, flush=True)
        while True:
            time.sleep(60)

    taking.finish = stop  # everybody is written by then
    taking.commit(actor=system_actor_for(organisation_id=options.practice), now=timezone.now(), batch_id=options.batch)


if __name__ == "__main__":
    main()
