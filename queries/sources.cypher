/*
title: Sources
summary: >-
  The documents and data sets, who published them and when, and how much each says: statements, mentions, values, and
  nodes that it describes. The quote is that of the first statement by id.
parameters:
  publisher: {type: id, description: Only what this agent published., example: european-union}
  known_on:
columns:
  source: id, The document or data set.
  type: word, Whether it is a Document or a Dataset.
  title: text, Its title.
  publisher: id, Who published it; the first by id if there are several.
  published: text, When (EDTF).
  version: text, Which edition of a data set it is.
  language: text, The language that it is written in.
  url: text, Where it is.
  sha256: text, The digest of what was loaded.
  statements: integer, How many statements it makes; the counts that follow are of other things.
  denied: integer, How many of the statements say that it is not so.
  hedged: integer, How many of them are not asserted but possible or feared or so.
  nodes: integer, How many nodes it describes.
  mentions: integer, How often it mentions one.
  values: integer, How many types and names and identifiers it states.
  statement: statement, The first of all these by id.
  quote:
  record:
*/
MATCH (:Thing)-[x]->(:Thing)
WHERE x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
WITH x, x.valid_from_min IS NOT NULL AS claims ORDER BY x.id  // it is absent on structural relationships only
WITH x.source AS id, count(CASE WHEN claims THEN 1 END) AS statements,
     count(CASE WHEN claims AND x.negated THEN 1 END) AS denied,
     count(CASE WHEN claims AND x.modality <> 'asserted' THEN 1 END) AS hedged,
     count(CASE WHEN x.property = 'type' THEN 1 END) AS nodes,
     count(CASE WHEN coalesce(x.was, type(x)) IN ['MENTIONS', 'mentions'] THEN 1 END) AS mentions,
     count(x.property) AS values, collect(x)[0] AS x
MATCH (source:Thing {id: id})
OPTIONAL MATCH (source)-[p:PUBLISHED_BY|RETRACTED]->(publisher:Agent)
WHERE coalesce(p.was, 'publishedBy') = 'publishedBy' AND NOT p.negated
  AND p.recorded_at <= $known_on AND $known_on < coalesce(p.retracted_at, '~')
WITH source, statements, denied, hedged, nodes, mentions, values, x,
     min(publisher.id) AS publisher, collect(publisher.id) AS publishers
WHERE $publisher IS NULL OR $publisher IN publishers
RETURN source.id AS source, CASE WHEN source:Document THEN 'Document' ELSE 'Dataset' END AS type,
       source.title AS title, publisher, source.published AS published, source.version AS version,
       source.language AS language, source.url AS url, source.sha256 AS sha256,
       statements, denied, hedged, nodes, mentions, values, x.id AS statement, x.quote AS quote, x.record AS record
