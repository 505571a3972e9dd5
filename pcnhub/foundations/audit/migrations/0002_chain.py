"""The chain is made by the database, so that no code path can write an event outside it."""

from django.db import migrations

CHAIN = """
-- The text that is hashed. `chain.py` builds the same text in Python to verify it, so the two must stay alike.
-- Every field is preceded by its length: no two different rows give the same text.
create function audit_canonical(e audit_auditevent) returns text
language sql immutable as $$
  select string_agg(octet_length(convert_to(part, 'UTF8'))::text || ':' || part, '' order by place)
  from unnest(array[
    e.organisation_id::text, e.sequence::text, (extract(epoch from e.at) * 1000000)::bigint::text,
    e."user", e.user_name, e.role_code, e.role_name, e.identity, e.purpose, e.action,
    e.subject_type, coalesce(e.subject_id::text, ''), e.nhs_number, coalesce(e.patient_id::text, ''),
    e.data_organisation_id::text, coalesce(e.agreement_id::text, ''), e.basis, e.reason,
    e.origin, e.request_id, e.detail,
    coalesce((select string_agg(octet_length(convert_to(number, 'UTF8'))::text || ':' || number, '' order by place)
              from unnest(e.nhs_numbers) with ordinality as shown(number, place)), ''),
    e.previous_hash
  ]) with ordinality as parts(part, place)
$$;

-- What an array's text leaves out must not be in the array.
alter table audit_auditevent add constraint audit_numbers_are_there check (array_position(nhs_numbers, null) is null);

-- Runs as the owner: the application can neither write the heads nor choose a sequence or a hash.
create function audit_chain() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare head audit_audithead;
begin
  insert into audit_audithead (organisation_id, sequence, hash) values (new.organisation_id, 0, '')
    on conflict (organisation_id) do nothing;
  select * into head from audit_audithead where organisation_id = new.organisation_id for update;
  new.sequence := head.sequence + 1;
  new.previous_hash := head.hash;
  new.hash := encode(sha256(convert_to(audit_canonical(new), 'UTF8')), 'hex');
  update audit_audithead set sequence = new.sequence, hash = new.hash where organisation_id = new.organisation_id;
  return new;
end
$$;
create trigger audit_chain before insert on audit_auditevent for each row execute function audit_chain();
create trigger audit_append_only before update or delete on audit_auditevent
  for each row execute function pcnhub_refuse_change();
create trigger audit_no_truncate before truncate on audit_auditevent
  for each statement execute function pcnhub_refuse_change();

alter table audit_auditevent enable row level security;
alter table audit_auditevent force row level security;
-- Read by the organisation that acted and by the one whose data it was; written only for oneself.
create policy audit_read on audit_auditevent for select using (
  organisation_id = (select pcnhub_acting_organisation())
  or data_organisation_id = (select pcnhub_acting_organisation()));
create policy audit_write on audit_auditevent for insert
  with check (organisation_id = (select pcnhub_acting_organisation()));
"""

UNDO = """
drop trigger audit_chain on audit_auditevent; drop trigger audit_append_only on audit_auditevent;
drop trigger audit_no_truncate on audit_auditevent;
drop policy audit_read on audit_auditevent; drop policy audit_write on audit_auditevent;
alter table audit_auditevent disable row level security; alter table audit_auditevent no force row level security;
alter table audit_auditevent drop constraint audit_numbers_are_there;
drop function audit_chain(); drop function audit_canonical(audit_auditevent);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("database", "0001_row_security")]
    operations = [migrations.RunSQL(CHAIN, UNDO)]
