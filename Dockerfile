FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PATH=/srv/etrms/.venv/bin:$PATH \
    ETRMS_HOME=/srv/etrms/data/local

RUN useradd --create-home --uid 1000 etrms
WORKDIR /srv/etrms

# The application's own dependencies, versions and hashes from the lock; no development tools.
COPY pyproject.toml requirements.txt README.md LICENSE ./
RUN python -m venv .venv \
    && sed -n '/^uv==/,/[^\\]$/p' requirements.txt > .venv/uv.txt \
    && pip install --no-cache-dir --no-deps --require-hashes -r .venv/uv.txt \
    && uv pip install --no-cache --constraints requirements.txt -r pyproject.toml

COPY app app
COPY pages pages
COPY etrms_core etrms_core
COPY .streamlit .streamlit
RUN uv pip install --no-cache --no-deps --build-constraints requirements.txt --editable . \
    && mkdir -p data/local && chown etrms:etrms data/local

USER etrms
VOLUME /srv/etrms/data/local
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/api/v1/health', timeout=4)"]

# Inside the container it listens on all interfaces; publish the port on 127.0.0.1 only.
CMD ["sh", "-c", "etrms warm-up && exec etrms run --host 0.0.0.0 --port 8501"]
