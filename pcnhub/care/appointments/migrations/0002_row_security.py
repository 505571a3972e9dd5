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
  and booked_by = current_setting('pcnhub.user', true)
  and status = 'booked'
  and exists (select 1 from patients_patient p
              where p.id = patient_id and p.registered_practice_id = (select pcnhub_acting_organisation()))
  and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));
create policy practice_update on appointments_booking for update
  using (patient_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]))
  with check (patient_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));

-- A policy sees rows, not columns. In another organisation's book there is one change: a booking that stands is cancelled.
create function appointments_only_cancelled_by_others() returns trigger language plpgsql as $$
declare
  changes constant text[] := array['status', 'version', 'changed_at', 'cancelled_at', 'cancellation_reason'];
begin
  if old.organisation_id <> pcnhub_acting_organisation()
     and (old.status <> 'booked' or new.status <> 'cancelled' or new.version <> old.version + 1
          or to_jsonb(new) - changes <> to_jsonb(old) - changes) then
    raise exception 'a booking in the book of another organisation can only be cancelled' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger appointments_only_cancelled_by_others before update on appointments_booking
  for each row execute function appointments_only_cancelled_by_others();

-- A practice books in the hub's book: never for a row of another organisation, never in a slot of another hub's book.
alter table appointments_booking add constraint appointments_booking_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table appointments_slot add constraint appointments_slot_of_hub unique (id, hub_id);
alter table appointments_booking add constraint appointments_booking_slot_of_organisation
  foreign key (slot_id, organisation_id) references appointments_slot (id, hub_id);

alter table appointments_booking add constraint appointments_booking_of_organisation unique (id, organisation_id);
alter table appointments_bookedslot add constraint appointments_bookedslot_booking_of_organisation
  foreign key (booking_id, organisation_id) references appointments_booking (id, organisation_id);
alter table appointments_bookedslot add constraint appointments_bookedslot_slot_of_organisation
  foreign key (slot_id, organisation_id) references appointments_slot (id, hub_id);

alter table appointments_bookedslot enable row level security;
alter table appointments_bookedslot force row level security;
create policy own on appointments_bookedslot
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Whoever may see, make or cancel a booking may do so with its seats; the subquery is under the booking's own policies.
create policy with_booking_read on appointments_bookedslot for select
  using (exists (select 1 from appointments_booking b where b.id = booking_id));
create policy with_booking_insert on appointments_bookedslot for insert with check (
  exists (select 1 from appointments_booking b
          where b.id = booking_id and b.status = 'booked' and b.booked_by = current_setting('pcnhub.user', true)
            and b.patient_practice_id = (select pcnhub_acting_organisation())));
create policy with_booking_update on appointments_bookedslot for update
  using (exists (select 1 from appointments_booking b where b.id = booking_id));
create function appointments_seat_only_given_back() returns trigger language plpgsql as $$
begin
  if old.organisation_id <> pcnhub_acting_organisation() and (
     to_jsonb(new) - 'is_live' <> to_jsonb(old) - 'is_live' or (new.is_live and not old.is_live)) then
    raise exception 'a seat in the book of another organisation can only be given back' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger appointments_seat_only_given_back before update on appointments_bookedslot
  for each row execute function appointments_seat_only_given_back();

alter table appointments_bookingevent enable row level security;
alter table appointments_bookingevent force row level security;
-- An event is seen and written by whoever may see its booking: the subquery is under the booking's own policies. A practice
-- books and cancels, in its own user's name; what else happens to a booking is the hub's to say.
create policy with_booking_read on appointments_bookingevent for select
  using (exists (select 1 from appointments_booking b where b.id = booking_id));
create policy with_booking_insert on appointments_bookingevent for insert
  with check (
    exists (select 1 from appointments_booking b
            where b.id = booking_id and b.organisation_id = appointments_bookingevent.organisation_id)
    and (organisation_id = (select pcnhub_acting_organisation())
         or (status in ('booked', 'cancelled') and by = current_setting('pcnhub.user', true))));
create trigger appointments_bookingevent_append_only before update or delete on appointments_bookingevent
  for each row execute function pcnhub_refuse_change();

-- Whom the hub has to tell is the hub's own work: nobody else reads the list or ticks it off.
alter table appointments_persontotell add constraint appointments_persontotell_booking_of_organisation
  foreign key (booking_id, organisation_id) references appointments_booking (id, organisation_id);
alter table appointments_persontotell enable row level security;
alter table appointments_persontotell force row level security;
create policy own on appointments_persontotell
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("patients", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
