import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FormReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32)),
                ("url", models.CharField(blank=True, max_length=300)),
                ("sent_at", models.DateTimeField(verbose_name="时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "表单回执",
                "indexes": [models.Index(fields=["sent_at"], name="receipt_age")],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="form_acted_on_once")],
            },
        ),
    ]
