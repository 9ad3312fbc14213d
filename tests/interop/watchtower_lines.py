"""Sends lines with watchtower, as the seed's backend did.

Usage: watchtower_lines.py <endpoint> <group> <count> [<size>]: lines `line 0` ..., then one of
`size` bytes of JSON.
"""

import logging
import sys
import warnings

import boto3
import watchtower

endpoint, group, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = int(sys.argv[4]) if len(sys.argv) > 4 else 0
warnings.simplefilter("ignore")
client = boto3.client(
    "logs", endpoint_url=endpoint, region_name="us-east-1",
    aws_access_key_id="test", aws_secret_access_key="test",
)
handler = watchtower.CloudWatchLogHandler(
    log_group_name=group, log_stream_name="watchtower", boto3_client=client, send_interval=1,
)
logger = logging.getLogger("cruddur")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
for n in range(count):
    logger.info({"message": f"line {n}", "n": n})
if size:
    logger.info({"message": "é" * (size // 2), "n": count})
handler.flush()
handler.close()
