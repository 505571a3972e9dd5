from django.db import migrations, models

from pcnhub.foundations.database.at_once import AtOnce


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0003_national_categories'),
    ]

    operations = [
        AtOnce([
            migrations.AddField(
                model_name='session',
                name='list_printed_at',
                field=models.DateTimeField(help_text='When its clinic list was last shown for printing', null=True),
            ),
            migrations.AddField(
                model_name='session',
                name='list_printed_by_name',
                field=models.TextField(blank=True, db_default='', default=''),
            ),
        ]),
    ]
