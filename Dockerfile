FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/belgraph
COPY requirements.lock ./
RUN /opt/belgraph/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN /opt/belgraph/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="belgraph" \
      org.opencontainers.image.licenses="Apache-2.0"
# The data folder belongs to the user before it becomes a volume, which takes over owner and mode.
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/belgraph --create-home --shell /usr/sbin/nologin belgraph
COPY --from=build /opt/belgraph /opt/belgraph
# Listening on every address of the container only: what reaches it is decided by who publishes the port.
ENV PATH="/opt/belgraph/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    BELGRAPH_HOME=/var/lib/belgraph \
    BELGRAPH_API_HOST=0.0.0.0 \
    BELGRAPH_API_PORT=8000
USER 10001:10001
WORKDIR /var/lib/belgraph
VOLUME /var/lib/belgraph
EXPOSE 8000
# http.client, since urllib would ask a proxy. The start period covers the first load of the seed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["belgraph"]
CMD ["up"]
