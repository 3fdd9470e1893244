"""Runs the logs export with boto3, and reads the bucket back: what someone sees who knows nothing of this project's code."""

import gzip
import json
import sys
import time

import boto3

GROUP = sys.argv[1]
BUCKET = "everyfile-local-logs"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:everyfile-local-logs-export"


def run(states):
    """An execution from its start to its end: the status, and the states in the order they were entered."""
    arn = states.start_execution(stateMachineArn=MACHINE, input="{}")["executionArn"]
    ends_at = time.monotonic() + 60
    while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        if time.monotonic() > ends_at:
            raise TimeoutError(arn)
        time.sleep(0.05)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    return {"status": execution["status"], "entered": entered}


def exported(s3):
    """The lines of the group's exports, by month."""
    lines = {}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"logs{GROUP}/")
    for item in (item for page in pages for item in page.get("Contents", [])):
        if not item["Key"].endswith(".gz"):
            continue
        month = item["Key"].removeprefix(f"logs{GROUP}/").split("/")[0]
        body = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
        lines.setdefault(month, []).extend(body.decode().splitlines())
    return {month: sorted(found) for month, found in lines.items()}


states = boto3.client("stepfunctions")
print(json.dumps({"first": run(states), "second": run(states), "exported": exported(boto3.client("s3"))}))
