// Code of a function that makes resources which an emulator knows only by API. It runs there as it stands.
const sfn = require("@aws-sdk/client-sfn");
const events = require("@aws-sdk/client-eventbridge");

const states = new sfn.SFNClient({});
const bus = new events.EventBridgeClient({});

const MAKERS = {
  "AWS::StepFunctions::StateMachineVersion": {
    create: async ({ StateMachineArn: stateMachineArn, Description: description }) =>
      (await states.send(new sfn.PublishStateMachineVersionCommand({ stateMachineArn, description })))
        .stateMachineVersionArn,
    remove: (stateMachineVersionArn) =>
      states.send(new sfn.DeleteStateMachineVersionCommand({ stateMachineVersionArn })),
  },
  "AWS::StepFunctions::StateMachineAlias": {
    create: async ({ Name: name, RoutingConfiguration }) => {
      const routingConfiguration = RoutingConfiguration.map(({ StateMachineVersionArn, Weight }) => ({
        stateMachineVersionArn: StateMachineVersionArn,
        weight: Number(Weight),
      }));
      return (await states.send(new sfn.CreateStateMachineAliasCommand({ name, routingConfiguration })))
        .stateMachineAliasArn;
    },
    remove: (stateMachineAliasArn) => states.send(new sfn.DeleteStateMachineAliasCommand({ stateMachineAliasArn })),
  },
  "AWS::Events::Archive": {
    create: async ({ ArchiveName, Description, EventPattern, RetentionDays, SourceArn }) =>
      (
        await bus.send(
          new events.CreateArchiveCommand({
            ArchiveName,
            Description,
            EventSourceArn: SourceArn,
            EventPattern: JSON.stringify(EventPattern),
            RetentionDays: Number(RetentionDays),
          }),
        )
      ).ArchiveArn,
    remove: (arn) => bus.send(new events.DeleteArchiveCommand({ ArchiveName: arn.slice(arn.lastIndexOf("/") + 1) })),
  },
};

exports.handler = async (event) => {
  const maker = MAKERS[event.ResourceProperties.MakeType];
  const { StackId, RequestId, LogicalResourceId } = event;
  let reply = { Status: "SUCCESS", PhysicalResourceId: event.PhysicalResourceId ?? LogicalResourceId };
  try {
    if (event.RequestType === "Delete") await maker.remove(event.PhysicalResourceId);
    if (event.RequestType === "Create") {
      const arn = await maker.create(event.ResourceProperties);
      reply = { Status: "SUCCESS", PhysicalResourceId: arn, Data: { Arn: arn } };
    }
  } catch (error) {
    reply = { ...reply, Status: "FAILED", Reason: String(error) };
  }
  const body = JSON.stringify({ ...reply, StackId, RequestId, LogicalResourceId });
  await fetch(event.ResponseURL, { method: "PUT", body, headers: { "content-type": "" } });
};
