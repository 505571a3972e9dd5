"""The question that the row-security policies of all other rooms ask: which organisations does an agreement join me to?"""

from django.db import migrations

PARTNERS = """
-- The organisations on the other side of every effective agreement of a kind, for the acting organisation standing on
-- `my_side`. Effective: both sides active on the current terms, and all dates hold today in London.
create function sharing_partners(wanted_kind text, my_side text) returns bigint[]
language sql stable parallel safe as $$
  select coalesce(array_agg(distinct theirs.organisation_id), '{}')
  from sharing_party mine
  join sharing_agreement a on a.id = mine.agreement_id
  join sharing_party theirs on theirs.agreement_id = a.id and theirs.side <> mine.side,
  lateral (select (now() at time zone 'Europe/London')::date as today) clock
  where mine.organisation_id = pcnhub_acting_organisation()
    and mine.side = my_side and a.kind = wanted_kind
    and mine.state = 'active' and theirs.state = 'active'
    and mine.terms_accepted = a.terms_version and theirs.terms_accepted = a.terms_version
    and a.starts_on <= today and (a.ends_on is null or today < a.ends_on)
    and mine.joined_on <= today and (mine.left_on is null or today < mine.left_on)
    and theirs.joined_on <= today and (theirs.left_on is null or today < theirs.left_on)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial"), ("database", "0001_row_security")]
    operations = [migrations.RunSQL(PARTNERS, "drop function sharing_partners(text, text)")]
