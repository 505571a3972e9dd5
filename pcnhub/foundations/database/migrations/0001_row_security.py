"""The function that every row-security policy asks: for whom is this transaction working?"""

from django.db import migrations

ACTING_ORGANISATION = """
-- For the exclusion constraint on a clinician's time. A trusted extension: the database's owner may create it.
create extension if not exists btree_gist;

-- Null, and so no row, unless organisation, user and purpose are all set for this transaction.
create function pcnhub_acting_organisation() returns bigint
language sql stable parallel safe as $$
  select case
    when coalesce(current_setting('pcnhub.user', true), '') <> ''
     and coalesce(current_setting('pcnhub.purpose', true), '') <> ''
    then nullif(current_setting('pcnhub.organisation', true), '')::bigint
  end
$$;

-- For tables that may only grow. Grants already withhold UPDATE and DELETE from the application; this also stops the owner.
create function pcnhub_refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;
"""

UNDO = "drop function pcnhub_acting_organisation(); drop function pcnhub_refuse_change();"


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(ACTING_ORGANISATION, UNDO)]
