"""Who sees a document and its bytes, as the database enforces it; and what of it never changes."""

from django.db import migrations

POLICIES = """
alter table documents_document enable row level security;
alter table documents_document force row level security;
-- Nobody deletes a document: there is no policy for it.
create policy own_read on documents_document for select using (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_insert on documents_document for insert with check (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_update on documents_document for update
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Care record agreement: what the practice keeps and does not hold confidential, unless the person dissents or is protected.
create policy care_record on documents_document for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and not is_confidential and state = 'kept'
  and exists (select 1 from patients_patient p where p.id = patient_id
              and not p.dissents_from_sharing and not p.is_sensitive));
-- With a consultation that goes home: the hub puts its document into the practice's record, in its own name, and may see that
-- it is there. It never changes anything there.
create policy delivered_insert on documents_document for insert with check (
  source_organisation_id = (select pcnhub_acting_organisation()) and source = 'delivered'
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and organisation_id = any ((select sharing_partners('copy-consultation', 'uses'))::bigint[]));
create policy delivered_read on documents_document for select using (
  source_organisation_id = (select pcnhub_acting_organisation()) and source = 'delivered'
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[]));

alter table documents_testdocument enable row level security;
alter table documents_testdocument force row level security;
create policy own on documents_testdocument
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create policy care_record on documents_testdocument for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]));

alter table documents_content enable row level security;
alter table documents_content force row level security;
create policy own_read on documents_content for select using (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_insert on documents_content for insert with check (
  organisation_id = (select pcnhub_acting_organisation()));
-- Of another organisation: the bytes of documents that one sees (their own policies have spoken by then).
create policy care_record on documents_content for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and (exists (select 1 from documents_document d
               where d.content_id = documents_content.id and d.organisation_id = documents_content.organisation_id)
       or exists (select 1 from documents_testdocument t where t.content_id = documents_content.id)));
create policy delivered_insert on documents_content for insert with check (
  brought_by_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and organisation_id = any ((select sharing_partners('copy-consultation', 'uses'))::bigint[]));
create policy delivered_read on documents_content for select using (
  brought_by_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[]));

alter table documents_piece enable row level security;
alter table documents_piece force row level security;
create policy own_read on documents_piece for select using (
  organisation_id = (select pcnhub_acting_organisation()));
create policy own_insert on documents_piece for insert with check (
  organisation_id = (select pcnhub_acting_organisation()));
create policy of_content on documents_piece for select using (
  organisation_id <> (select pcnhub_acting_organisation())
  and exists (select 1 from documents_content c where c.id = documents_piece.content_id));
create policy delivered_insert on documents_piece for insert with check (
  organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and organisation_id = any ((select sharing_partners('copy-consultation', 'uses'))::bigint[])
  and exists (select 1 from documents_content c where c.id = documents_piece.content_id
              and c.brought_by_id = (select pcnhub_acting_organisation())));

alter table documents_opening enable row level security;
alter table documents_opening force row level security;
create policy own on documents_opening
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));

create trigger documents_content_append_only before update or delete on documents_content
  for each row execute function pcnhub_refuse_change();
create trigger documents_piece_append_only before update or delete on documents_piece
  for each row execute function pcnhub_refuse_change();

-- A document, its patient and its bytes are of one organisation. (Foreign keys look past row security.)
alter table documents_document add constraint documents_document_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table documents_content add constraint documents_content_of_organisation unique (id, organisation_id);
alter table documents_document add constraint documents_document_content_of_organisation
  foreign key (content_id, organisation_id) references documents_content (id, organisation_id);
alter table documents_piece add constraint documents_piece_content_of_organisation
  foreign key (content_id, organisation_id) references documents_content (id, organisation_id);
alter table documents_testdocument add constraint documents_testdocument_content_of_organisation
  foreign key (content_id, organisation_id) references documents_content (id, organisation_id);

-- Whose document it is, and what it is: fixed. What may change is how it stands.
create function documents_document_stays() returns trigger language plpgsql as $$
begin
  if (new.organisation_id, new.patient_id, new.content_id, new.title, new.kind, new.content_type, new.size, new.sha256,
      new.source, new.source_organisation_id, new.source_key, new.version, new.replaces_id, new.made_at, new.made_by)
     is distinct from
     (old.organisation_id, old.patient_id, old.content_id, old.title, old.kind, old.content_type, old.size, old.sha256,
      old.source, old.source_organisation_id, old.source_key, old.version, old.replaces_id, old.made_at, old.made_by) then
    raise exception 'a document keeps its patient, its bytes and its title: mark it as filed in error, and attach it anew'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger documents_document_stays before update on documents_document
  for each row execute function documents_document_stays();

-- A document replaces one of the same patient only.
create function documents_replaces_same_patient() returns trigger language plpgsql as $$
begin
  if new.replaces_id is not null and exists (select 1 from documents_document d where d.id = new.replaces_id
      and (d.patient_id <> new.patient_id or d.organisation_id <> new.organisation_id)) then
    raise exception 'a document replaces one of the same patient' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger documents_replaces_same_patient before insert on documents_document
  for each row execute function documents_replaces_same_patient();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("patients", "0002_row_security"), ("sharing", "0002_partners")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
