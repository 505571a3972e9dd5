"""A consultation is its hub's own: no agreement opens it. What goes home is a copy, filed in the practice's record."""

from django.db import migrations

POLICIES = """
alter table consultations_consultation enable row level security;
alter table consultations_consultation force row level security;
create policy own on consultations_consultation
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
alter table consultations_version enable row level security;
alter table consultations_version force row level security;
create policy own on consultations_version
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create trigger consultations_version_append_only before update or delete on consultations_version
  for each row execute function pcnhub_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_initial"), ("database", "0001_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
