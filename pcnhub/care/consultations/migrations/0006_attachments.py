"""Documents filed to a consultation: the hub's own, and of the consultation's own patient."""

import django.db.models.deletion
from django.db import migrations, models

POLICIES = """
alter table consultations_attachment enable row level security;
alter table consultations_attachment force row level security;
-- Nobody deletes one: there is no policy for it.
create policy own_read on consultations_attachment for select using (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_insert on consultations_attachment for insert with check (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_update on consultations_attachment for update
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));

-- A document of one patient is never filed to another's consultation, whatever a program asks for. Rows that were merged are
-- one person. What is filed where stays: it can only be detached, once.
create function consultations_attachment_same_person() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if (new.organisation_id, new.consultation_id, new.document_id, new.attached_at, new.attached_by)
       is distinct from (old.organisation_id, old.consultation_id, old.document_id, old.attached_at, old.attached_by)
       or old.detached_at is not null then
      raise exception 'what is filed to a consultation can only be detached, once' using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  if not exists (
      select 1 from consultations_consultation c
      join patients_patient cp on cp.id = c.patient_id
      join documents_document d on d.id = new.document_id
      join patients_patient dp on dp.id = d.patient_id
      where c.id = new.consultation_id and c.organisation_id = new.organisation_id
        and d.organisation_id = new.organisation_id
        and coalesce(cp.merged_into_id, cp.id) = coalesce(dp.merged_into_id, dp.id)) then
    raise exception 'a document is filed to a consultation of its own patient only' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger consultations_attachment_same_person before insert or update on consultations_attachment
  for each row execute function consultations_attachment_same_person();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consultations', '0005_who_saved'),
        ('documents', '0002_row_security'),
        ('organisations', '0002_versions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attached_at', models.DateTimeField()),
                ('attached_by', models.TextField()),
                ('detached_at', models.DateTimeField(null=True)),
                ('detached_by', models.TextField(blank=True)),
                ('detach_reason', models.TextField(blank=True)),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='consultations.consultation')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('detached_at__isnull', True)), fields=('consultation', 'document'), name='attachment_once'), models.CheckConstraint(condition=models.Q(('detached_at__isnull', True), models.Q(('detach_reason', ''), _negated=True), _connector='OR'), name='attachment_detached_says_why')],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
