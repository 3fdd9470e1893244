/** The account and Region that the local cloud stands in: what its ARNs carry and `GetCallerIdentity` returns. */
export const localAccountId = '000000000000';
export const localRegion = 'us-east-1';

/** The queue URL that the local endpoint answers for, as `GetQueueUrl` returns it. */
export const queueUrl = (endpoint: string, queueName: string): string => `${endpoint}/${localAccountId}/${queueName}`;

/** An ARN in the local account and Region. */
export const localArn = (service: string, resource: string): string =>
  `arn:aws:${service}:${localRegion}:${localAccountId}:${resource}`;

/** The logical id that the Serverless Framework gives to the resource of a function. */
export const functionLogicalId = (functionKey: string): string => {
  const normalised = functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${normalised.charAt(0).toUpperCase()}${normalised.slice(1)}LambdaFunction`;
};

/** The property that holds a resource's own name, by type; a resource that leaves it out is named by its stack. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/** What `Ref` and `Fn::GetAtt` give for one resource. */
type Attributes = Readonly<{ ref: string; attributes: Readonly<Record<string, string>> }>;

/** How each type's name becomes its `Ref` and its attributes; `endpoint` is what queue URLs begin with. */
const attributesByType: Readonly<Record<string, (name: string, endpoint: string) => Attributes>> = {
  'AWS::S3::Bucket': (name) => ({
    ref: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${localRegion}.amazonaws.com`,
    },
  }),
  'AWS::DynamoDB::Table': (name) => ({ ref: name, attributes: { Arn: localArn('dynamodb', `table/${name}`) } }),
  'AWS::SQS::Queue': (name, endpoint) => ({
    ref: queueUrl(endpoint, name),
    attributes: { Arn: localArn('sqs', name), QueueName: name, QueueUrl: queueUrl(endpoint, name) },
  }),
  'AWS::SNS::Topic': (name) => ({
    ref: localArn('sns', name),
    attributes: { TopicArn: localArn('sns', name), TopicName: name },
  }),
  'AWS::Lambda::Function': (name) => ({ ref: name, attributes: { Arn: localArn('lambda', `function:${name}`) } }),
  'AWS::Logs::LogGroup': (name) => ({ ref: name, attributes: { Arn: localArn('logs', `log-group:${name}:*`) } }),
  'AWS::IAM::Role': (name) => ({ ref: name, attributes: { Arn: `arn:aws:iam::${localAccountId}:role/${name}` } }),
  // Nothing is encrypted here; a stage with a key of its own runs all the same.
  'AWS::KMS::Key': (name) => ({ ref: name, attributes: { Arn: localArn('kms', `key/${name}`) } }),
  'AWS::StepFunctions::StateMachine': (name) => {
    const arn = localArn('states', `stateMachine:${name}`);
    return { ref: arn, attributes: { Arn: arn, Name: name } };
  },
};

/** True for the types whose `Ref` and attributes the local cloud can tell. */
export const isNamedType = (type: string): boolean => type in attributesByType;

/** The property that names a resource of this type. */
export const namePropertyOf = (type: string): string | undefined => nameProperties[type];

/** `Ref` and attributes of a resource of a type that {@link isNamedType} knows. */
export const attributesOf = (type: string, name: string, endpoint: string): Attributes | undefined =>
  attributesByType[type]?.(name, endpoint);
