"""Versions for other systems (an ETag must not repeat): counted by the database, whichever way a row is changed."""

from django.db import migrations

VERSIONS = """
create function pcnhub_next_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
create trigger organisations_organisation_version before update on organisations_organisation
  for each row when (old is distinct from new) execute function pcnhub_next_version();
create trigger organisations_site_version before update on organisations_site
  for each row when (old is distinct from new) execute function pcnhub_next_version();
create trigger organisations_account_version before update on organisations_account
  for each row when ((old.title, old.given_name, old.family_name, old.gender, old.sds_user_id, old.version)
    is distinct from (new.title, new.given_name, new.family_name, new.gender, new.sds_user_id, new.version))
  execute function pcnhub_next_version();

-- A person's role profile ids stand on their positions, and are told with the person.
create function organisations_position_versions_account() returns trigger language plpgsql as $$
begin
  update organisations_account set version = version + 1 where id = new.account_id;
  return null;
end $$;
create trigger organisations_position_made after insert on organisations_position
  for each row execute function organisations_position_versions_account();
create trigger organisations_position_changed after update on organisations_position
  for each row when ((old.sds_role_profile_id, old.ends_on) is distinct from (new.sds_role_profile_id, new.ends_on))
  execute function organisations_position_versions_account();
"""

UNDO = """
drop trigger organisations_position_changed on organisations_position;
drop trigger organisations_position_made on organisations_position;
drop function organisations_position_versions_account();
drop trigger organisations_account_version on organisations_account;
drop trigger organisations_site_version on organisations_site;
drop trigger organisations_organisation_version on organisations_organisation;
drop function pcnhub_next_version();
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunSQL(VERSIONS, UNDO)]
