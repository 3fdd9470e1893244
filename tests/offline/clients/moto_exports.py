"""Makes the same export at whatever endpoint of AWS's APIs, and prints what a caller can see of it."""

import gzip
import json
import re
import time

import boto3
from botocore.exceptions import ClientError

BUCKET = "exports-of-a-team"
GROUP = "/team/orders"
PRINCIPAL = {"Service": "logs.us-east-1.amazonaws.com"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": PRINCIPAL, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::" + BUCKET},
        {"Effect": "Allow", "Principal": PRINCIPAL, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    ],
}


def refused(call, **arguments):
    """The code and the message that a call is refused with."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return None


def shape(value):
    """The fields of an answer and the types of their values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in sorted(value.items()) if name != "ResponseMetadata"}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


logs, s3 = boto3.client("logs"), boto3.client("s3")
s3.create_bucket(Bucket=BUCKET)
s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
logs.create_log_group(logGroupName=GROUP)
logs.create_log_stream(logGroupName=GROUP, logStreamName="web")
# moto has the 14 days of AWS: what is exported is recent.
now = int(time.time() * 1000)
logs.put_log_events(
    logGroupName=GROUP,
    logStreamName="web",
    logEvents=[{"timestamp": now - n, "message": f"event {n}"} for n in (3000, 2000, 1000)],
)
given = {"logGroupName": GROUP, "fromTime": now - 2000, "to": now, "destination": BUCKET, "destinationPrefix": "p"}
created = logs.create_export_task(taskName="team", **given)
task_id = created["taskId"]
while True:
    described = logs.describe_export_tasks(taskId=task_id)
    task = described["exportTasks"][0]
    if task["status"]["code"] not in ("PENDING", "RUNNING"):
        break
    time.sleep(0.01)
files = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
exported = [key for key in files if key.endswith(".gz")]
lines = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=exported[0])["Body"].read()).decode().splitlines()
print(
    json.dumps(
        {
            "created": shape(created),
            "task": {name: task[name] for name in ("taskName", "logGroupName", "destination", "destinationPrefix")},
            "status": task["status"],
            "range": [task["from"] == given["fromTime"], task["to"] == given["to"]],
            # moto leaves out when the task was created and completed.
            "fields": sorted(name for name in task if name != "executionInfo"),
            "listed": [found["taskId"] == task_id for found in logs.describe_export_tasks()["exportTasks"]],
            # moto names the folder by another id than the task's.
            "files": [re.sub(r"/[0-9a-f-]{36}/", "/<id>/", key) for key in exported],
            "testObject": [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in files if "write-test" in key],
            "messages": [line.split(" ", 1)[1] for line in lines],
            "noBucket": refused(logs.create_export_task, **{**given, "destination": "nowhere-at-all"}),
            "noGroup": refused(logs.create_export_task, **{**given, "logGroupName": "/nobody"}),
            "noTask": refused(logs.cancel_export_task, taskId="6f3f0c53-0000-0000-0000-000000000000"),
        }
    )
)
