"""Runs a state machine and an export with boto3, and reads the bucket back: a stranger's view of the local cloud."""

import gzip
import json
import sys
import time

import boto3
from botocore.exceptions import ClientError

BUCKET = "everyfile-local-logs"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:machine"
GROUP = "/boto3/orders"


def refused(call, **arguments):
    """The code that a call is refused with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def wait_for(read, is_over):
    """Reads until it is over, for at most half a minute."""
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        answer = read()
        if is_over(answer):
            return answer
        time.sleep(0.01)
    raise TimeoutError(str(answer))


def execution():
    states = boto3.client("stepfunctions")
    started = states.start_execution(stateMachineArn=MACHINE, name="one", input=json.dumps({"seconds": 6}))
    arn = started["executionArn"]
    again = states.start_execution(stateMachineArn=MACHINE, name="one", input=json.dumps({"seconds": 6}))
    ended = wait_for(lambda: states.describe_execution(executionArn=arn), lambda answer: answer["status"] != "RUNNING")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=2)
    events = [event for page in pages for event in page["events"]]
    return {
        "arn": arn,
        "same": again["executionArn"] == arn,
        "status": ended["status"],
        "output": json.loads(ended["output"]),
        "inOrder": ended["startDate"] <= events[0]["timestamp"] <= events[-1]["timestamp"] <= ended["stopDate"],
        "types": [event["type"] for event in events],
        "entered": [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event],
        "taken": refused(states.start_execution, stateMachineArn=MACHINE, name="one"),
        "missing": refused(states.describe_execution, executionArn=arn + "-not"),
        "listed": [found["name"] for found in states.list_executions(stateMachineArn=MACHINE)["executions"]],
    }


def seed(logs, events):
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="a/b")
    for timestamp, message in events:
        logs.put_log_events(
            logGroupName=GROUP, logStreamName="a/b", logEvents=[{"timestamp": timestamp, "message": message}]
        )


def export():
    logs, s3 = boto3.client("logs"), boto3.client("s3")
    february, march = 1706745600000, 1709251200000
    seed(logs, [(february - 1, "no"), (february, "first"), (march - 1, "last ü"), (march, "no")])
    range_of = {"logGroupName": GROUP, "fromTime": february, "to": march - 1, "destination": BUCKET}
    task_id = logs.create_export_task(taskName="orders", destinationPrefix="2024-02", **range_of)["taskId"]
    busy = refused(logs.create_export_task, **range_of)
    describe = lambda: logs.describe_export_tasks(taskId=task_id)["exportTasks"][0]
    task = wait_for(describe, lambda answer: answer["status"]["code"] not in ("PENDING", "RUNNING"))
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    read = lambda key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    lines = [gzip.decompress(read(o["Key"])).decode() for o in listed if o["Key"].endswith(".gz")]
    return {
        "busy": busy,
        "status": task["status"]["code"],
        "keys": sorted(o["Key"].replace(task_id, "<task>") for o in listed),
        "lines": lines,
        "test": read("2024-02/aws-logs-write-test").decode(),
        "noBucket": refused(logs.create_export_task, **{**range_of, "destination": "nowhere-at-all"}),
        "cancel": refused(logs.cancel_export_task, taskId=task_id),
        "filtered": [e["message"] for e in logs.filter_log_events(logGroupName=GROUP, filterPattern="-no")["events"]],
    }


print(json.dumps(globals()[sys.argv[1]]()))
