from django.db import migrations, models

# Whoever brought a practice's file reviews what it led to, but for what it says of people whom the practice hides from them.
BROUGHT = """
drop policy brought on patients_importfile;
create policy brought on patients_importfile for select using (
  {kinds}organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and exists (select 1 from patients_importbatch b where b.id = patients_importfile.batch_id
              and b.received_from_id = (select pcnhub_acting_organisation())));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0008_rejection_number"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="unprotected",
            field=models.IntegerField(default=0, help_text="Of the changed: held as protected, and the file says no"),
        ),
        migrations.RemoveConstraint(
            model_name="importfile",
            name="import_piece_kind_known",
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["file", "new", "absent", "moved", "kept-out"])),
                name="import_piece_kind_known",
            ),
        ),
        migrations.RunSQL(BROUGHT.format(kinds="kind <> 'kept-out' and "), BROUGHT.format(kinds="")),
    ]
