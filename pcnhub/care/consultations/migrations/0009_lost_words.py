"""Words that arrived without a session: for whoever wrote them, and nobody else of the same hub either."""

import django.db.models.deletion
from django.db import migrations, models

POLICIES = """
alter table consultations_lostwords enable row level security;
alter table consultations_lostwords force row level security;
-- Kept by the hub's own system, when nobody is signed in; read and taken away by the account alone, and by the hub's system
-- when their hour is over. Nobody changes them.
create policy own_insert on consultations_lostwords for insert with check (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_read on consultations_lostwords for select using (
  organisation_id = (select pcnhub_acting_organisation())
  and (current_setting('pcnhub.user', true) = 'account:' || account_id
       or current_setting('pcnhub.user', true) like 'system:%'));
create policy own_delete on consultations_lostwords for delete using (
  organisation_id = (select pcnhub_acting_organisation())
  and (current_setting('pcnhub.user', true) = 'account:' || account_id
       or current_setting('pcnhub.user', true) like 'system:%'));
-- A lock for taking them away is asked for as an update; nothing of the row may differ.
create policy own_lock on consultations_lostwords for update using (
  organisation_id = (select pcnhub_acting_organisation())
  and current_setting('pcnhub.user', true) = 'account:' || account_id) with check (false);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0008_what_is_what"),
        ("organisations", "0004_closed_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="LostWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.TextField()),
                ("sealed", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.account"
                    ),
                ),
                (
                    "consultation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consultations.consultation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("form__in", ["draft", "amendment"])), name="lost_words_form_known"
                    ),
                    models.UniqueConstraint(fields=("account", "consultation"), name="lost_words_once"),
                ],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
