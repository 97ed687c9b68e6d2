/** What a run against a real account may cost: read it, then pass `--i-accept-costs`. */
export const COST_ESTIMATE = `
A run against AWS deploys all stacks, runs some twenty small workflows and removes the stacks again. Estimate for a
run of ten minutes in eu-central-1, at list prices of November 2026, without free tiers:

  Lambda          17 functions, 2 000 calls of 0.2 s at 0.5-1 GiB               $0.01
  Step Functions  10 executions, 200 state transitions                          $0.01
  DynamoDB        5 000 writes and reads on demand, streams                     $0.01
  SQS, EventBridge, API Gateway, S3, CloudWatch Logs, Scheduler                 $0.03
  CloudWatch      10 alarms, by the hour                                        $0.01
                                                                          in all  $0.07

What stays: three tables and a bucket with its contents are retained by design (cents per month), and so is the CDK's
bootstrap stack. Delete tables and bucket by hand before the next run: their names begin with a2a-probe.
`;
