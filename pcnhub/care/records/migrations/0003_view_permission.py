import django.db.models.deletion
from django.db import migrations, models


POLICIES = """
alter table records_viewpermission enable row level security;
alter table records_viewpermission force row level security;
create policy own_read on records_viewpermission for select
  using (organisation_id = (select pcnhub_acting_organisation()));
create policy own_write on records_viewpermission for insert
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Whose record was opened unasked is told so, whatever becomes of the agreement; what patients answered is the asker's.
create policy holder_sees_overrides on records_viewpermission for select
  using (holder_id = (select pcnhub_acting_organisation()) and answer = 'overridden');
create trigger records_viewpermission_append_only before update or delete on records_viewpermission
  for each row execute function pcnhub_refuse_change();

alter table records_overridereview enable row level security;
alter table records_overridereview force row level security;
create policy own_read on records_overridereview for select
  using (organisation_id = (select pcnhub_acting_organisation()));
create policy own_write on records_overridereview for insert
  with check (organisation_id = (select pcnhub_acting_organisation())
    and exists (select 1 from records_viewpermission p where p.id = permission_id and p.answer = 'overridden'));
create trigger records_overridereview_append_only before update or delete on records_overridereview
  for each row execute function pcnhub_refuse_change();

-- Never about a patient of a third. (Foreign keys look past row security.)
alter table records_viewpermission add constraint records_viewpermission_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table records_viewpermission add constraint records_viewpermission_patient_of_holder
  foreign key (holder_patient_id, holder_id) references patients_patient (id, organisation_id);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0002_versions'),
        ('patients', '0013_ends_absent'),
        ('records', '0002_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='ViewPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder_ods', models.TextField(help_text='Of the practice that keeps the record')),
                ('answer', models.TextField()),
                ('reason', models.TextField(blank=True)),
                ('user', models.TextField(help_text='Who asked, or overrode')),
                ('user_name', models.TextField()),
                ('answered_at', models.DateTimeField()),
                ('answered_on', models.DateField(help_text='The day for which it holds')),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('holder_patient', models.ForeignKey(help_text="The practice's own row of them, where it is linked", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'answered_on'], name='view_permission_by_patient'), models.Index(condition=models.Q(('answer', 'overridden')), fields=['organisation', '-answered_at'], name='view_permission_overridden')],
                'constraints': [models.CheckConstraint(condition=models.Q(('answer__in', ['given', 'refused', 'overridden'])), name='view_permission_answer_known'), models.CheckConstraint(condition=models.Q(models.Q(('answer', 'overridden'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='view_permission_override_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='OverrideReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('finding', models.TextField()),
                ('user', models.TextField()),
                ('user_name', models.TextField()),
                ('reviewed_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='records.viewpermission')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'permission'), name='override_reviewed_once')],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
