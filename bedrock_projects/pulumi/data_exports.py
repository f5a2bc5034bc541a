"""`DataExports`: data exports of the bill with their buckets, in the management account."""

from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import monitor_supports_feature

from bedrock_projects.exports.creation import (
    OLD_VERSION_DAYS,
    ExportInputs,
    bucket_policy,
    check_held,
    created_exports,
)
from bedrock_projects.model import EXPORT_PREFIX
from bedrock_projects.pulumi.arguments import named
from bedrock_projects.pulumi.aws_package import aws_package, child_options, payer_provider, require_aws_package
from bedrock_projects.pulumi.context import InventorySource, ending_with_one_message, settings_and_inventory

_EXPORT_TYPE: Final = "aws:bcmdata/export:Export"
_TABLE_SETTINGS: Final = "export.dataQueries[0].tableConfigurations"
_KEPT: Final = pulumi.ResourceOptions(retain_on_delete=True)
_PROTECTED: Final = pulumi.ResourceOptions(protect=True, retain_on_delete=True)


class DataExports(pulumi.ComponentResource):
    """The data exports that the inventory has for this stack, and their buckets; needs `bedrock-projects[aws]`.

    `inventory` and `environment` are as in ProjectSet. The credentials are the stack's `billingProfile` and
    `billingRoleArn`, else those of the stack with the role of the inventory's `billing`. Nothing of it is ever deleted
    in AWS: exports and buckets are protected, and what leaves the stack stays. Ends the program with one message
    (`pulumi.RunError`) if the inventory is wrong, the package is missing, or a change would replace an export.
    """

    def __init__(
        self,
        name: str,
        *,
        inventory: InventorySource = "projects.yaml",
        environment: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            whose = named("DataExports", name)
            settings, contents = settings_and_inventory(whose, inventory, environment)
            created = created_exports(settings, contents)
            require_aws_package()
        self._held: dict[str, Any] = {}
        self._is_state_shown = monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS)
        reading = pulumi.ResourceOptions(state_migrations=[self._read_state] if self._is_state_shown else None)
        super().__init__(
            "bedrock-projects:components:DataExports", name, None, pulumi.ResourceOptions.merge(opts, reading)
        )
        self._aws = aws_package()
        self._payer = payer_provider(self, settings.billing_credentials)
        self._account = self._aws.get_caller_identity_output(
            opts=pulumi.InvokeOutputOptions(provider=self._payer)
        ).account_id
        self._checked: pulumi.Output[list[pulumi.Resource]] = pulumi.Output.from_input(self._check(created.exports))
        for export in created.exports:
            self._declare(export)
        self.register_outputs({})

    def _read_state(self, args: pulumi.StateMigrationArgs) -> None:
        """Called by the engine with the state of this component and its children, if there is any; changes nothing."""
        for resource in args.old_state:
            if resource["type"] == _EXPORT_TYPE and not resource.get("delete"):
                self._held[resource["urn"].rpartition("::")[2]] = resource["inputs"]

    async def _check(self, exports: Sequence[ExportInputs]) -> list[pulumi.Resource]:
        # The engine has shown the state once this component is registered.
        await self.urn.future()
        with ending_with_one_message():
            check_held(exports, self._held)
        return []

    def _declare(self, inputs: ExportInputs) -> None:
        policy = self._declare_bucket(inputs)
        # AWS adds properties of the table as it invents them, which would replace the export. Without the state, a
        # change of ours is not noticed before: then Pulumi's protection refuses it.
        ignored = [_TABLE_SETTINGS] if self._is_state_shown else []
        self._aws.bcmdata.Export(
            inputs.name,
            export=self._account.apply(inputs.definition),
            tags=inputs.tags,
            opts=self._options(_PROTECTED, depends_on=policy, ignored=ignored),
        )

    def _declare_bucket(self, inputs: ExportInputs) -> pulumi.Resource:
        """Declares the bucket; gives its policy, without which AWS creates no export."""
        s3, region, tags = self._aws.s3, inputs.creation.region, inputs.tags
        bucket = s3.Bucket(
            inputs.name, bucket=inputs.creation.bucket, region=region, tags=tags, opts=self._options(_PROTECTED)
        )
        of_bucket = {"bucket": bucket.id, "region": region}
        private = s3.BucketPublicAccessBlock(
            inputs.name,
            **of_bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(_KEPT),
        )
        s3.BucketOwnershipControls(
            inputs.name, **of_bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._options(_KEPT)
        )
        s3.BucketServerSideEncryptionConfiguration(
            inputs.name,
            **of_bucket,
            # A key of AWS KMS would need a policy of its own for the delivery, and costs each request.
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=self._options(_KEPT),
        )
        versioning = s3.BucketVersioning(
            inputs.name, **of_bucket, versioning_configuration={"status": "Enabled"}, opts=self._options(_KEPT)
        )
        s3.BucketLifecycleConfiguration(
            inputs.name,
            **of_bucket,
            rules=[
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": f"{EXPORT_PREFIX}/"},
                    "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSION_DAYS},
                }
            ],
            opts=self._options(_KEPT, depends_on=versioning),
        )
        policy: pulumi.Resource = s3.BucketPolicy(
            inputs.name,
            **of_bucket,
            policy=self._account.apply(lambda account: bucket_policy(inputs.creation.bucket, account)),
            # S3 refuses two changes of a bucket's access at one time.
            opts=self._options(_KEPT, depends_on=private),
        )
        return policy

    def _options(
        self,
        kept: pulumi.ResourceOptions,
        *,
        depends_on: pulumi.Resource | None = None,
        ignored: Sequence[str] = (),
    ) -> pulumi.ResourceOptions:
        order = self._checked.apply(lambda checked: [*checked, *([depends_on] if depends_on else [])])
        options = pulumi.ResourceOptions.merge(child_options(self, self._payer, ignored=ignored), kept)
        return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=order))
