from django.db import migrations, models

from pcnhub.foundations.database.at_once import AtOnce


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0005_to_do_lists'),
    ]

    operations = [
        AtOnce([
            migrations.RemoveConstraint(
                model_name='notice',
                name='notice_kind_known',
            ),
            migrations.AddConstraint(
                model_name='notice',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['task-waits', 'task-assigned', 'task-escalated', 'task-came-back', 'task-commented', 'safety-net', 'copy-needs-person', 'permission-overridden', 'protocol', 'document-quarantined', 'document-altered', 'readiness-open', 'tonight', 'to-do', 'protected-number'])), name='notice_kind_known'),
            ),
        ]),
    ]
