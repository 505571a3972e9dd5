from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0003_view_permission'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='particulars',
            field=models.JSONField(default=dict, help_text='What the source said in full (`particulars`), for giving it on'),
        ),
    ]
