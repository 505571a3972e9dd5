"""Words that arrived without a session are kept by the hub's own system alone: nobody puts any into a colleague's box."""

from django.db import migrations

KEPT_BY_THE_SYSTEM = """
drop policy own_insert on consultations_lostwords;
create policy own_insert on consultations_lostwords for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and current_setting('pcnhub.user', true) like 'system:%');
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0009_lost_words")]
    operations = [migrations.RunSQL(KEPT_BY_THE_SYSTEM, migrations.RunSQL.noop)]
