/*
title: Dependence
summary: >-
  Who depends on whom and who controls what, in what respect, to what share, whether that grows, and because of what.
  One row a statement. What brings a dependence about is told of the node named in situation.
parameters:
  actor: {type: id, description: Only where this agent or what is about it stands at either end., example: belarus}
  valid_on:
  known_on:
columns:
  subject:
  relation:
  object:
  aspect: id, In what respect.
  quantity: number, How much of it.
  quantity_unit: text, What the number counts; percent for a share.
  quantity_bound: word, Whether that is exact or about or a limit.
  quantity_text: text, The number in the words of the source.
  change: word, Whether it starts or ends or grows or so.
  because: id, The cause that the source gives.
  situation: id, The node that stands for this state of affairs.
  modality:
  negated:
  holder:
  valid_from:
  valid_to:
  validity:
  statement:
  source:
  quote:
  record:
*/
MATCH (subject:Agent)-[x:DEPENDS_ON|CONTROLS|RETRACTED]->(object:Thing)
WHERE coalesce(x.was, 'dependsOn') IN ['dependsOn', 'controls']
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($actor IS NULL OR $actor IN [subject.id, object.id] OR EXISTS {
    MATCH (object)-[y:ABOUT|RETRACTED]->(:Thing {id: $actor})
    WHERE coalesce(y.was, 'about') = 'about'
      AND y.recorded_at <= $known_on AND $known_on < coalesce(y.retracted_at, '~')
  })
RETURN subject.id AS subject, coalesce(x.was, type(x)) AS relation, object.id AS object, x.aspect AS aspect,
       x.quantity AS quantity, x.quantity_unit AS quantity_unit, x.quantity_bound AS quantity_bound,
       x.quantity_text AS quantity_text, x.change AS change, x.because AS because, x.situation AS situation,
       x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
