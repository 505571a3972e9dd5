import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


POLICIES = """
alter table appointments_ownlink add constraint appointments_ownlink_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table appointments_ownlink enable row level security;
alter table appointments_ownlink force row level security;
create policy own on appointments_ownlink
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Whoever sees an appointment sees by which links it can be changed, and can withdraw them: a patient whose link was lost rings
-- the hub as often as the practice. The subquery is under the booking's own policies.
create policy with_booking_read on appointments_ownlink for select
  using (booking_id is not null and exists (select 1 from appointments_booking b where b.id = booking_id));
create policy with_booking_update on appointments_ownlink for update
  using (booking_id is not null and exists (select 1 from appointments_booking b where b.id = booking_id));
-- Before anybody has said who they are, a link is found by what was presented of it, and by nothing else: one row or none.
create policy presented on appointments_ownlink for select
  using (token_hash = nullif(current_setting('pcnhub.own_link', true), '')
         or 'id:' || id::text = nullif(current_setting('pcnhub.own_link', true), ''));
create function appointments_link_only_withdrawn_by_others() returns trigger language plpgsql as $$
declare
  changes constant text[] := array['withdrawn_at', 'withdrawn_by', 'withdrawn_by_name'];
begin
  if old.organisation_id is distinct from pcnhub_acting_organisation()
     and (new.withdrawn_at is null or to_jsonb(new) - changes <> to_jsonb(old) - changes) then
    raise exception 'a link that another organisation gave can only be withdrawn' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger appointments_link_only_withdrawn_by_others before update on appointments_ownlink
  for each row execute function appointments_link_only_withdrawn_by_others();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0004_lists_on_paper'),
        ('organisations', '0004_closed_days'),
        ('patients', '0013_ends_absent'),
    ]

    operations = [
        migrations.AddField(
            model_name='slottype',
            name='patients_may_book',
            field=models.BooleanField(db_default=False, default=False, help_text='Patients may book it themselves, by a link of their own'),
        ),
        migrations.CreateModel(
            name='OwnLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.TextField(help_text="SHA-256 of the link's secret, in hexadecimal", unique=True)),
                ('days_ahead', models.IntegerField(help_text='Bookable on so many days, today the first')),
                ('slot_type_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Of these types only; empty: any that patients may book', size=None)),
                ('given_at', models.DateTimeField()),
                ('given_by', models.TextField()),
                ('given_by_name', models.TextField()),
                ('given_job_category', models.TextField(blank=True, help_text='Of whoever gave it: agreements ask for one')),
                ('expires_at', models.DateTimeField(help_text='Of a link to an appointment: when that ends')),
                ('opened_at', models.DateTimeField(help_text='When it was last opened with the right date of birth', null=True)),
                ('wrong_dates', models.IntegerField(default=0, help_text='Wrong dates of birth since it was last opened')),
                ('locked_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_by', models.TextField(blank=True)),
                ('withdrawn_by_name', models.TextField(blank=True)),
                ('booking', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='own_links', to='appointments.booking')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-given_at'], name='own_link_by_patient')],
                'constraints': [models.CheckConstraint(condition=models.Q(('token_hash__regex', '^[0-9a-f]{64}$')), name='own_link_hash'), models.CheckConstraint(condition=models.Q(('days_ahead__gte', 1), ('days_ahead__lte', 14)), name='own_link_days_ahead'), models.CheckConstraint(condition=models.Q(models.Q(('wrong_dates__gte', 0), ('wrong_dates__lt', 5)), ('locked_at__isnull', False), _connector='OR'), name='own_link_locked_at_last_wrong_date'), models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('withdrawn_by', ''), _negated=True), _connector='OR'), name='own_link_withdrawn_says_who')],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
