"""Calls the local cloud with boto3 and prints what came back as JSON: one case a run, named on the command line."""

import json
import os
import random
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "everyfile-local-outputs"
TABLE = "everyfile-local-ledger"
QUEUES = os.environ["AWS_ENDPOINT_URL"] + "/000000000000/"
QUEUE_URL = QUEUES + "everyfile-local-work"


def refused(call, **arguments):
    """The code and the status that a call is refused with."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return None


def put_and_get():
    s3 = boto3.client("s3")
    key = "boto3/ü +%&.txt"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=b"hello", Metadata={"a": "b"}, ContentType="text/x")
    got = s3.get_object(Bucket=BUCKET, Key=key)
    part = s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=1-3")
    return {
        "sameETag": put["ETag"] == got["ETag"],
        "body": got["Body"].read().decode(),
        "metadata": got["Metadata"],
        "contentType": got["ContentType"],
        "range": [part["Body"].read().decode(), part["ContentRange"]],
        "missing": refused(s3.get_object, Bucket=BUCKET, Key="boto3/missing"),
        "noBucket": refused(s3.get_object, Bucket="nowhere-at-all", Key="a"),
    }


def multipart():
    s3 = boto3.client("s3")
    body = random.Random(1).randbytes(12 * 1024 * 1024 + 1)
    with open(sys.argv[2], "wb") as file:
        file.write(body)
    config = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
    s3.upload_file(sys.argv[2], BUCKET, "boto3/large", Config=config)
    head = s3.head_object(Bucket=BUCKET, Key="boto3/large")
    s3.download_file(BUCKET, "boto3/large", sys.argv[2] + ".back", Config=config)
    with open(sys.argv[2] + ".back", "rb") as file:
        same = file.read() == body
    return {"size": head["ContentLength"], "parts": head["ETag"].strip('"').split("-")[1], "same": same}


def copy_onto_itself():
    s3 = boto3.client("s3")
    place = {"Bucket": BUCKET, "Key": "boto3/itself"}
    put = s3.put_object(**place, Body=b"same", Metadata={"old": "1"})
    plain = refused(s3.copy_object, **place, CopySource=place)
    s3.copy_object(**place, CopySource=place, MetadataDirective="REPLACE", Metadata={"new": "2"})
    after = s3.get_object(**place)
    return {
        "plain": plain,
        "metadata": after["Metadata"],
        "body": after["Body"].read().decode(),
        "sameETag": after["ETag"] == put["ETag"],
    }


def conditions():
    s3 = boto3.client("s3")
    place = {"Bucket": BUCKET, "Key": "boto3/conditions"}
    s3.delete_object(**place)
    first = s3.put_object(**place, Body=b"1", IfNoneMatch="*")["ETag"]
    again = refused(s3.put_object, **place, Body=b"2", IfNoneMatch="*")
    second = s3.put_object(**place, Body=b"2", IfMatch=first)["ETag"]
    copy = {"CopySource": place, "CopySourceIfMatch": first, "Bucket": BUCKET, "Key": "boto3/copy"}
    return {
        "exists": again,
        "staleWrite": refused(s3.put_object, **place, Body=b"3", IfMatch=first),
        "staleRead": refused(s3.get_object, **place, IfMatch=first),
        "notModified": refused(s3.get_object, **place, IfNoneMatch=second),
        "staleCopy": refused(s3.copy_object, **copy),
        "staleDelete": refused(s3.delete_object, **place, IfMatch=first),
        "delete": refused(s3.delete_object, **place, IfMatch=second),
        "gone": refused(s3.head_object, **place),
    }


def paging():
    """What the paginators list under a prefix, and what a delimiter brings together there."""
    s3 = boto3.client("s3")
    result = {}
    for name in ("list_objects_v2", "list_objects", "list_object_versions"):
        pages = list(s3.get_paginator(name).paginate(Bucket=BUCKET, Prefix="paging/"))
        contents = "Versions" if name == "list_object_versions" else "Contents"
        listed = [entry["Key"] for page in pages for entry in page.get(contents, [])]
        result[name] = {"keys": listed, "pages": len(pages)}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="paging/", Delimiter="/")
    result["folders"] = [group["Prefix"] for page in pages for group in page.get("CommonPrefixes", [])]
    return result


def send_form(url, fields, file):
    """The status of a browser's upload."""
    part = '--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    text = "".join(part % (name, "") + value + "\r\n" for name, value in fields.items())
    body = (text + part % ("file", '; filename="a"')).encode() + file + b"\r\n--edge--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    return urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)).status


def presigned():
    result = {}
    for version in ("s3", "s3v4"):
        s3 = boto3.client("s3", config=Config(signature_version=version))
        place = {"Bucket": BUCKET, "Key": "boto3/presigned ü " + version}
        put = s3.generate_presigned_url("put_object", Params=place)
        request = urllib.request.Request(put, data=b"by url", method="PUT")
        request.add_header("Content-Type", "")
        status = urllib.request.urlopen(request).status
        get = urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=place))
        form = s3.generate_presigned_post(BUCKET, "boto3/form " + version, Conditions=[["content-length-range", 1, 9]])
        result[version] = [status, get.read().decode(), send_form(form["url"], form["fields"], b"by form")]
    return result


def queue():
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=QUEUE_URL, MessageBody="one ü", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(3)]
    sent = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=entries)
    received = []
    while len(received) < 4:
        answer = sqs.receive_message(
            QueueUrl=QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        received += answer["Messages"]
    for message in received:
        sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])
    left = sqs.get_queue_attributes(QueueUrl=QUEUE_URL, AttributeNames=["All"])["Attributes"]
    return {
        "sent": len(sent["Successful"]),
        "bodies": sorted(message["Body"] for message in received),
        "attribute": [m["MessageAttributes"]["a"]["StringValue"] for m in received if "MessageAttributes" in m],
        "left": [left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]],
        "missing": refused(sqs.get_queue_url, QueueName="nobody"),
    }


def table():
    dynamodb = boto3.client("dynamodb")
    key = {"id": {"S": "boto3"}}
    dynamodb.delete_item(TableName=TABLE, Key=key)
    dynamodb.put_item(TableName=TABLE, Item={**key, "n": {"N": "1"}}, ConditionExpression="attribute_not_exists(id)")
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item={**key, "n": {"N": "2"}},
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        failed = None
    except ClientError as error:
        failed = [error.response["Error"]["Code"], error.response.get("Item")]
    updated = dynamodb.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET n = n + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    old = dynamodb.delete_item(TableName=TABLE, Key=key, ReturnValues="ALL_OLD")
    return {
        "failed": failed,
        "updated": updated["Attributes"],
        "old": old["Attributes"],
        "gone": "Item" not in dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True),
        "missing": refused(dynamodb.get_item, TableName="nobody", Key=key),
    }


def notices():
    sns = boto3.client("sns")
    topic = "arn:aws:sns:us-east-1:000000000000:everyfile-local-notices"
    sns.publish(TopicArn=topic, Subject="s", Message="told ü")
    sqs = boto3.client("sqs")
    url = QUEUES + "everyfile-local-notices"
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)
    return json.loads(answer["Messages"][0]["Body"])["Message"]


def caller():
    return boto3.client("sts").get_caller_identity()["Account"]


print(json.dumps(globals()[sys.argv[1]]()))
