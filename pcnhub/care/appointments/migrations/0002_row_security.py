"""Who sees a booking, as the database enforces it."""

from django.db import migrations

POLICIES = """
alter table appointments_booking enable row level security;
alter table appointments_booking force row level security;
create policy own on appointments_booking
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Appointments agreement: a practice sees, makes and changes the hub's bookings of its own patients.
create policy practice_read on appointments_booking for select using (
  patient_practice_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));
create policy practice_insert on appointments_booking for insert with check (
  patient_practice_id = (select pcnhub_acting_organisation())
  and booked_by_organisation_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));
create policy practice_update on appointments_booking for update
  using (patient_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]))
  with check (patient_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));

-- A practice books in the hub's book: never for a row of another organisation.
alter table appointments_booking add constraint appointments_booking_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);

alter table appointments_bookingevent enable row level security;
alter table appointments_bookingevent force row level security;
-- An event is seen and written by whoever may see its booking: the subquery is under the booking's own policies.
create policy with_booking on appointments_bookingevent
  using (exists (select 1 from appointments_booking b where b.id = booking_id))
  with check (exists (select 1 from appointments_booking b
                      where b.id = booking_id and b.organisation_id = appointments_bookingevent.organisation_id));
create trigger appointments_bookingevent_append_only before update or delete on appointments_bookingevent
  for each row execute function pcnhub_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("patients", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
