/*
title: Mentions
summary: >-
  Where the documents mention a node, and in which words: one row a mention, with how often the same document means the
  same node by the same words. That the words stand for it is a link made by whoever is in linked_by.
parameters:
  entity: {type: id, description: Only mentions of this node., example: keith-kellogg}
  document: {type: id, description: Only mentions in this document., example: trump-belarus-move}
  known_on:
columns:
  entity: id, The node that is meant.
  source:
  quote: text, The words that stand for it.
  times: integer, How often these words stand for it in this document.
  start: integer, Where they begin in the text (code points before them).
  end: integer, Where they end.
  linked_by: text, Who or what made the link.
  confidence: number, How sure that one is (0 to 1).
  statement:
*/
MATCH (document:Document)-[x:MENTIONS|RETRACTED]->(entity:Thing)
WHERE coalesce(x.was, 'mentions') = 'mentions'
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($entity IS NULL OR entity.id = $entity) AND ($document IS NULL OR document.id = $document)
WITH document, entity, x.quote AS quote, collect(x) AS mentions
UNWIND mentions AS x
RETURN entity.id AS entity, document.id AS source, quote, size(mentions) AS times, x.start AS start, x.end AS end,
       x.linked_by AS linked_by, x.confidence AS confidence, x.id AS statement
