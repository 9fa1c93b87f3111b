/*
title: Corroboration
summary: >-
  How many independent sources say the same, those with most first: sources are independent as far as they differ both
  in publisher (an unknown one counts as one of its own) and in text. The same is the same relation between the same
  nodes, with the same status, firmness, denial and holder; dates and figures may differ (see contradictions). The quote
  is that of the first statement by id.
parameters:
  entity: {type: id, description: Only statements about this node., example: trump-lukashenko-call}
  at_least: {type: integer, description: Only what has so many independent sources., default: 1, example: 2}
  valid_on:
  known_on:
columns:
  independent: rank, How many independent sources say so.
  sources: integer, How many documents and data sets.
  subject:
  relation:
  object:
  status:
  modality:
  negated:
  holder:
  statement:
  source:
  quote:
  record:
*/
MATCH (entity:Thing)-[x]-(:Thing)
WHERE ($entity IS NULL OR entity.id = $entity)
  AND x.valid_from_min IS NOT NULL  // absent on structural relationships only
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
WITH DISTINCT x
MATCH (source:Thing {id: x.source})
OPTIONAL MATCH (source)-[p:PUBLISHED_BY|RETRACTED]->(publisher:Agent)
WHERE coalesce(p.was, 'publishedBy') = 'publishedBy' AND NOT p.negated
  AND p.recorded_at <= $known_on AND $known_on < coalesce(p.retracted_at, '~')
WITH x, source, min(publisher.id) AS publisher ORDER BY x.id
WITH startNode(x) AS subject, endNode(x) AS object, x.status AS status, x.modality AS modality, x.negated AS negated,
     x.asserted_by AS holder, toLower(replace(coalesce(x.was, type(x)), '_', '')) AS kind,  // live or retracted
     min(coalesce(x.was, type(x))) AS relation, count(DISTINCT source) AS sources,
     count(DISTINCT coalesce(publisher, source.id)) AS publishers, count(DISTINCT source.sha256) AS texts,
     collect(x)[0] AS x
WITH *, CASE WHEN publishers < texts THEN publishers ELSE texts END AS independent
WHERE independent >= $at_least
RETURN independent, sources, subject.id AS subject, relation, object.id AS object, status, modality, negated, holder,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
