import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { EXECUTION_INDEXES, type ExecutionIndex } from "../../shared/execution/store/indexes.ts";
import { payloadBucketName } from "../constructs/grants.ts";
import { type Deployment, nameOf } from "../constructs/names.ts";

export interface DataStackProps extends StackProps {
  readonly deployment: Deployment;
}

interface Index {
  readonly partition: string;
  readonly sort: string;
  /** @default "everything" */
  readonly holds?: ExecutionIndex["holds"];
}

function projectionOf(holds: ExecutionIndex["holds"]) {
  if (holds === "everything") return { projectionType: ProjectionType.ALL };
  if (holds.length === 0) return { projectionType: ProjectionType.KEYS_ONLY };
  return { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...holds] };
}

/** What must outlive every deployment: tables and payloads. */
export class DataStack extends Stack {
  readonly executions: Table;
  readonly agents: Table;
  readonly control: Table;
  readonly payloads: Bucket;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    this.executions = this.#table("Executions", nameOf(props.deployment, "executions"), {
      indexes: Object.entries<ExecutionIndex>(EXECUTION_INDEXES).map(([partition, index]) => ({ partition, ...index })),
      stream: true,
    });
    this.agents = this.#table("Agents", nameOf(props.deployment, "agents"), { indexes: [{ partition: "byTenant", sort: "agent_id" }], stream: true });
    this.control = this.#table("Control", nameOf(props.deployment, "control"), { indexes: [{ partition: "byTenant", sort: "name" }] });
    this.payloads = this.#payloadBucket(props.deployment);
  }

  #table(id: string, tableName: string, shape: { indexes: readonly Index[]; stream?: boolean }): Table {
    const table = new Table(this, id, {
      tableName,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: "expiresAt",
      removalPolicy: RemovalPolicy.RETAIN,
      ...(shape.stream === true ? { stream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
    });
    for (const { partition, sort, holds = "everything" } of shape.indexes) {
      table.addGlobalSecondaryIndex({
        indexName: partition,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: AttributeType.STRING },
        ...projectionOf(holds),
      });
    }
    return table;
  }

  #payloadBucket(deployment: Deployment): Bucket {
    const bucket = new Bucket(this, "Payloads", {
      bucketName: payloadBucketName(this, deployment),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions::AwsSolutions-S1",
      reason: "only our own functions read or write here; CloudTrail data events cover it where an auditor asks",
    });
    return bucket;
  }
}
