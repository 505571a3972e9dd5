"""A task's documents are seen by who sees the task, and named by its sender alone."""

from django.db import migrations

POLICIES = """
alter table tasks_taskdocument enable row level security;
alter table tasks_taskdocument force row level security;
create policy with_task_read on tasks_taskdocument for select
  using (exists (select 1 from tasks_task t where t.id = task_id));
create policy sender_names on tasks_taskdocument for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and exists (select 1 from tasks_task t
    where t.id = task_id and t.organisation_id = (select pcnhub_acting_organisation())));
create trigger tasks_taskdocument_append_only before update or delete on tasks_taskdocument
  for each row execute function pcnhub_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0005_documents")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
