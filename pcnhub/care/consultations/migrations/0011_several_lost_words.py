"""Two windows of one consultation may lose their session: what each sent is kept."""

from django.db import migrations, models

from pcnhub.foundations.database.at_once import AtOnce


class Migration(migrations.Migration):
    dependencies = [("consultations", "0010_words_kept_by_the_system")]
    operations = [
        AtOnce(
            [
                migrations.RemoveConstraint(model_name="lostwords", name="lost_words_once"),
                migrations.AddIndex(
                    model_name="lostwords",
                    index=models.Index(fields=["consultation", "account"], name="lost_words_of_writer"),
                ),
            ]
        ),
    ]
