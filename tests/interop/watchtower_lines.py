"""Sends lines with watchtower, as the seed's backend did.

Usage: watchtower_lines.py <endpoint> <group> <count> [<size> [<minutes>]]: lines `line 0` ..., then
one of `size` bytes of JSON. With `minutes` each line is dated so much before the next one: as lines of
a job that gives them the time of what they tell, or of a machine that was cut off.
"""

import logging
import sys
import time
import warnings

import boto3
import watchtower

endpoint, group, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = int(sys.argv[4]) if len(sys.argv) > 4 else 0
minutes = int(sys.argv[5]) if len(sys.argv) > 5 else 0
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
began = time.time()
for n in range(count):
    line = {"message": f"line {n}", "n": n}
    if minutes:
        record = logger.makeRecord(logger.name, logging.INFO, __file__, 0, line, (), None)
        record.created = began - (count - n) * minutes * 60
        logger.handle(record)
    else:
        logger.info(line)
if size:
    logger.info({"message": "é" * (size // 2), "n": count})
handler.flush()
handler.close()
