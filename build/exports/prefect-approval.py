# packages: prefect==3.9.1
# mapping: prefect-approval.yaml
# story: CT/26/00017: asked
import asyncio
