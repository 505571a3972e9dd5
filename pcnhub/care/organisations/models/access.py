"""Which national activity code gives which permission here: data with a source, loaded from `data/`, never code."""

from __future__ import annotations

from django.db import models


class Role(models.Model):
    """A national RBAC role (R code)."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    source = models.TextField()


class Activity(models.Model):
    """A national RBAC activity (B code)."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    source = models.TextField()


class RoleActivity(models.Model):
    """An activity that comes with a role."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="activities")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="+")
    source = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "activity"], name="role_activity_once")]


class ActivityPermission(models.Model):
    """A permission of this product (a slug, such as `book-appointments`) that an activity gives."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="permissions")
    permission = models.TextField()
    source = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "permission"], name="activity_permission_once")]
