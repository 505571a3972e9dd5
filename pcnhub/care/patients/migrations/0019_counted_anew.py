"""Who came with a long list is counted at once: until then the database takes the practice for one of a few people, and whoever
looks for somebody there by number or by home waits while it reads everybody.

It counts by itself within minutes, but the first people are looked for in the first of them. Counting is the owner's right: the
function lends just this.
"""

from django.db import migrations

COUNTED = """
create function patients_count_anew() returns void language sql security definer set search_path = public, pg_temp as
$$ analyze patients_patient $$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0018_word_of_practices")]

    operations = [migrations.RunSQL(COUNTED, "drop function patients_count_anew()")]
