"""Who sees a line of the extract: whoever names exactly that number, for the time of the question. It is never a list."""

from django.db import migrations

POLICIES = """
-- The NHS numbers that the running transaction has said it asks for (`tracing`, `loading`).
create function pds_asked() returns text[]
language sql stable parallel safe as $$
  select case when pcnhub_acting_organisation() is not null
         then string_to_array(nullif(current_setting('pcnhub.pds_asked', true), ''), ',') end
$$;
alter table pds_person enable row level security;
alter table pds_person force row level security;
create policy asked_by_number on pds_person for select using (nhs_number = any ((select pds_asked())::text[]));
-- Loading an extract is an act on the installation (organisation 0), of numbers that are named, too.
create policy loaded on pds_person for insert with check (
  (select pcnhub_acting_organisation()) = 0 and nhs_number = any ((select pds_asked())::text[]));
create policy reloaded on pds_person for update
  using ((select pcnhub_acting_organisation()) = 0 and nhs_number = any ((select pds_asked())::text[]))
  with check ((select pcnhub_acting_organisation()) = 0 and nhs_number = any ((select pds_asked())::text[]));
"""

UNDO = """
drop policy reloaded on pds_person; drop policy loaded on pds_person; drop policy asked_by_number on pds_person;
drop function pds_asked();
"""


class Migration(migrations.Migration):
    dependencies = [("pds", "0001_initial"), ("database", "0001_row_security")]
    operations = [migrations.RunSQL(POLICIES, UNDO)]
