"""Who sees where a copy is: the hub, and the practice that it is for while Consultation Write Back is active."""

from django.db import migrations

POLICIES = """
alter table writeback_copy enable row level security;
alter table writeback_copy force row level security;
create policy own on writeback_copy
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create policy receiver_read on writeback_copy for select using (
  target_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'gives'))::bigint[]));
alter table writeback_copyevent enable row level security;
alter table writeback_copyevent force row level security;
create policy own on writeback_copyevent
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create trigger writeback_copyevent_append_only before update or delete on writeback_copyevent
  for each row execute function pcnhub_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("writeback", "0001_initial"), ("sharing", "0002_partners")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
