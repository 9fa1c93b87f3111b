/*
title: Contradictions
summary: >-
  Two statements that cannot both be true, side by side with both quotes. Kinds: value (two values of what a thing has
  only one of: an identifier, a place of birth or registration; a place within the other is no second one), negation
  (the same is said and denied), status (an act is done in one place and refused or cancelled in another; or refused
  here and ongoing, announced, pledged or planned there: to get from proposed to pledged to done, or to be called off
  before it is done, is progress), date (an act that got equally far is over here before it begins there), quantity
  (exact numbers differ, limits are broken, about means within a tenth; described groups of two sources are compared
  with each other), order (it is said to come after what, by the dates, had not begun: itself or a part of it). Only
  what is asserted or alleged counts, and only where it may have held at the same time. One row for each pair of claims.
parameters:
  entity: {type: id, description: Only where this node is subject or object., example: trump-belarus-maneuver}
  kind: {type: text, of: [value, negation, status, date, quantity, order], description: Only this kind., example: order}
  known_on:
columns:
  kind: text, What kind of contradiction.
  subject: id, What both are about.
  relation: word, The relation or property; null for status and date which are of the act as a whole.
  object: id, Where the relation ends; the first one's.
  value: text, What the first says; the value or status or last day or number in its words.
  other_value: text, What the other says; the value or status or first day or number in its words.
  quantity: number, The number of the first.
  other_quantity: number, The number of the other.
  status: word, How far the act got as the first says.
  modality:
  other_modality: word, How firmly the other is said.
  holder:
  other_holder: id, Who in the other source holds it.
  statement:
  other: statement, The statement that says otherwise; the denial where the kind is negation.
  dated_by: statement, Where the kind is order the statement that gives the subject its date.
  source:
  other_source: id, The document or data set that says otherwise.
  quote:
  other_quote: text, Its sentence.
  record:
  other_record: text, Its record.
*/
CALL () {
  MATCH ()-[x:STATES|RETRACTED]->(s:Thing)<-[y:STATES|RETRACTED]-()
  WHERE x.property IN ['euId', 'iata', 'icao', 'iso3166', 'lei', 'ofacId', 'unp', 'wikidataId']
    AND x.property = y.property AND x.value < y.value
  RETURN 'value' AS kind, s, x.property AS relation, null AS o, x, y, null AS z, x.value AS value, y.value AS other_value
  UNION ALL
  MATCH (s:Thing)-[x:BORN_IN|REGISTERED_IN|RETRACTED]->(o:Place), (s)-[y:BORN_IN|REGISTERED_IN|RETRACTED]->(p:Place)
  WHERE o.id < p.id AND toLower(replace(coalesce(x.was, type(x)), '_', '')) IN ['bornin', 'registeredin']
    AND toLower(replace(coalesce(x.was, type(x)), '_', '')) = toLower(replace(coalesce(y.was, type(y)), '_', ''))
    AND x.valid_from_min <= y.valid_to_max AND y.valid_from_min <= x.valid_to_max
    AND NOT EXISTS {
      MATCH (o)-[i:LOCATED_IN|PART_OF|RETRACTED]-(p)
      WHERE coalesce(i.was, 'partOf') IN ['locatedIn', 'partOf'] AND NOT i.negated
        AND i.recorded_at <= $known_on AND $known_on < coalesce(i.retracted_at, '~')
    }
  RETURN 'value' AS kind, s, coalesce(x.was, type(x)) AS relation, o, x, y, null AS z, o.id AS value, p.id AS other_value
  UNION ALL
  MATCH (s:Thing)-[y {negated: true}]->(o:Thing)
  MATCH (s)-[x]->(o)
  WHERE toLower(replace(coalesce(x.was, type(x)), '_', '')) = toLower(replace(coalesce(y.was, type(y)), '_', ''))
    AND coalesce(x.status, '') = coalesce(y.status, '')
    AND x.valid_from_min <= y.valid_to_max AND y.valid_from_min <= x.valid_to_max
  RETURN 'negation' AS kind, s, coalesce(x.was, type(x)) AS relation, o, x, y, null AS z, null AS value, null AS other_value
  UNION ALL
  MATCH (s:Event)-[y]->(:Thing)
  WHERE y.status IN ['refused', 'cancelled'] AND NOT coalesce(y.was, type(y)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
  MATCH (s)-[x]->(:Thing)
  WHERE (x.status = 'done' OR y.status = 'refused' AND x.status IN ['ongoing', 'announced', 'pledged', 'planned'])
    AND NOT coalesce(x.was, type(x)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
  RETURN 'status' AS kind, s, null AS relation, null AS o, x, y, null AS z, x.status AS value, y.status AS other_value
  UNION ALL
  MATCH (s:Event)-[x]->(:Thing)
  WHERE x.valid_to_max < '9999-12-31' AND NOT coalesce(x.was, type(x)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
  MATCH (s)-[y]->(:Thing)
  WHERE x.valid_to_max < y.valid_from_min AND x.status = y.status
    AND NOT coalesce(y.was, type(y)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
  RETURN 'date' AS kind, s, null AS relation, null AS o, x, y, null AS z, x.valid_to AS value, y.valid_from AS other_value
  UNION ALL
  MATCH (s:Thing)-[x]->(o:Thing)
  WHERE x.quantity IS NOT NULL
  MATCH (s)-[y]->(p:Thing)
  WHERE toLower(replace(coalesce(x.was, type(x)), '_', '')) = toLower(replace(coalesce(y.was, type(y)), '_', ''))
    AND (o = p OR o:Group AND p:Group AND x.source <> y.source)
    AND coalesce(x.status, '') = coalesce(y.status, '') AND coalesce(x.quantity_unit, '') = coalesce(y.quantity_unit, '')
    AND (s:Event OR x.valid_from_min <= y.valid_to_max AND y.valid_from_min <= x.valid_to_max)
    AND CASE x.quantity_bound WHEN 'at_least' THEN null WHEN 'about' THEN 1.1 * x.quantity ELSE x.quantity END
      < CASE y.quantity_bound WHEN 'at_most' THEN null WHEN 'about' THEN 0.9 * y.quantity ELSE y.quantity END
  RETURN 'quantity' AS kind, s, coalesce(x.was, type(x)) AS relation, o, x, y, null AS z,
         x.quantity_text AS value, y.quantity_text AS other_value
  UNION ALL
  MATCH (s:Occurrence)-[x:AFTER|RETRACTED]->(o:Occurrence)
  WHERE coalesce(x.was, 'after') = 'after'
  OPTIONAL MATCH (s)-[i:HAS_PART|RETRACTED]->(part:Occurrence)
  WHERE coalesce(i.was, 'hasPart') = 'hasPart' AND NOT i.negated
    AND i.recorded_at <= $known_on AND $known_on < coalesce(i.retracted_at, '~')
  WITH s, x, o, [s] + collect(part) AS later
  OPTIONAL MATCH (o)-[i:HAS_PART|RETRACTED]->(part:Occurrence)
  WHERE coalesce(i.was, 'hasPart') = 'hasPart' AND NOT i.negated
    AND i.recorded_at <= $known_on AND $known_on < coalesce(i.retracted_at, '~')
  WITH s, x, o, later, [o] + collect(part) AS earlier
  UNWIND later AS a
  UNWIND earlier AS b
  MATCH (a)-[z]->(:Thing), (b)-[y]->(:Thing)
  WHERE z.valid_to_max < y.valid_from_min AND NOT z.negated AND z.modality IN ['asserted', 'alleged']
    AND z.recorded_at <= $known_on AND $known_on < coalesce(z.retracted_at, '~')
    AND NOT coalesce(z.was, type(z)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
    AND NOT coalesce(y.was, type(y)) IN ['HAS_PART', 'LEADS_TO', 'hasPart', 'leadsTo']
  RETURN 'order' AS kind, s, coalesce(x.was, type(x)) AS relation, o, x, y, z, z.valid_to AS value, y.valid_from AS other_value
}
WITH *
WHERE ($kind IS NULL OR kind = $kind) AND ($entity IS NULL OR s.id = $entity OR coalesce(o.id, '') = $entity)
  AND NOT x.negated AND y.negated = (kind = 'negation')
  AND x.modality IN ['asserted', 'alleged'] AND y.modality IN ['asserted', 'alleged']
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND y.recorded_at <= $known_on AND $known_on < coalesce(y.retracted_at, '~')
WITH kind, s.id AS subject, toLower(replace(relation, '_', '')) AS same, o.id AS object, value, other_value,
     CASE kind WHEN 'quantity' THEN x.quantity END AS quantity,
     CASE kind WHEN 'quantity' THEN y.quantity END AS other_quantity, x.status AS status,
     x.modality AS modality, y.modality AS other_modality, x.asserted_by AS holder, y.asserted_by AS other_holder,
     x.source AS source, y.source AS other_source, min(relation) AS relation,
     min(x.id) AS statement, min(y.id) AS other, min(z.id) AS dated_by, collect(x) AS xs, collect(y) AS ys
WITH *, [x IN xs WHERE x.id = statement][0] AS x, [y IN ys WHERE y.id = other][0] AS y
RETURN kind, subject, relation, object, value, other_value, quantity, other_quantity, status, modality, other_modality,
       holder, other_holder, statement, other, dated_by, source, other_source, x.quote AS quote, y.quote AS other_quote,
       x.record AS record, y.record AS other_record
