from django.db import migrations, models

from pcnhub.foundations.database.at_once import AtOnce


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0003_notices_of_readiness'),
    ]

    operations = [
        AtOnce([
            migrations.RemoveConstraint(
                model_name='notice',
                name='notice_kind_known',
            ),
            migrations.AddField(
                model_name='notice',
                name='figures',
                field=models.JSONField(default=dict, help_text='What its sentence counts; nothing of a patient'),
            ),
            migrations.AddConstraint(
                model_name='notice',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['task-waits', 'task-assigned', 'task-escalated', 'task-came-back', 'task-commented', 'safety-net', 'copy-needs-person', 'permission-overridden', 'protocol', 'document-quarantined', 'document-altered', 'readiness-open', 'tonight'])), name='notice_kind_known'),
            ),
        ]),
    ]
