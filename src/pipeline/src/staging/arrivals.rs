//! How matrices come onto the stage: from where they were before, out of nothing, made by an operation, or not at
//! all because they wait.

use super::*;

impl<'a> Staging<'a> {
    /// Where a matrix was in the scene before: it itself, or the whole of which it is a part.
    fn origin_of(&mut self, operand: Operand) -> Option<Placement> {
        let config = self.pass.config();
        let d_head = config.d_head();
        let wanted = operand.canonical(config);
        let place_of = |group: &Group| -> Option<Placement> {
            let shown = group.final_layer()?.operand()?.canonical(config);
            let whole = group.final_placement();
            if shown == wanted {
                return Some(whole);
            }
            if shown.transposed() == wanted {
                return Some(whole.transposed());
            }
            if (Operand {
                head: None,
                transposed: false,
                ..wanted
            }) == shown
            {
                let columns = self.parts.along(AxisKind::Head);
                // where the head's first shown column is in the whole
                let first = columns.as_ref().and_then(|shown| shown.first().copied());
                let first = wanted.head? * d_head + first.unwrap_or_default();
                let part = whole.part(0, index_of(&group.shown_columns, first)?);
                return Some(if wanted.transposed {
                    part.transposed()
                } else {
                    part
                });
            }
            if wanted.last_row
                && (Operand {
                    last_row: false,
                    ..wanted
                }) == shown
            {
                let last = group.whole.rows.checked_sub(1)?;
                return Some(whole.part(index_of(&group.shown_rows, last)?, 0));
            }
            None
        };
        let at = self
            .before
            .iter()
            .position(|(group, _)| place_of(group).is_some())?;
        self.before[at].1 = true;
        let place = place_of(&self.before[at].0);
        if wanted.last_row {
            self.other_rows_leave(at);
        }
        place
    }

    /// All rows but the last of a matrix of the scene before leave.
    fn other_rows_leave(&mut self, at: usize) {
        let group = &self.before[at].0;
        if group.rows < 2 {
            return;
        }
        let mut others = Group {
            rows: group.rows - 1,
            ..group.clone()
        };
        self.depart(&mut others);
        self.groups.push(others);
    }

    /// Puts a matrix on the stage. If it was in the scene before, it flies from there during the
    /// appear phase; if not, it grows in a wave.
    pub fn stand(&mut self, operand: Operand, placement: Placement) -> GroupIndex {
        self.stand_named(operand, operand, placement)
    }

    /// The same where the matrix went under another name, or was another's part, before.
    pub fn stand_named(
        &mut self,
        operand: Operand,
        before: Operand,
        placement: Placement,
    ) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        let arrival = self.appear.part(0.05, 0.95);
        match self.origin_of(before) {
            Some(origin) => {
                group.placement = origin;
                if origin != placement {
                    let wave = Wave::diagonal(arrival.start, arrival.end);
                    group.add(MotionKind::Fly(wave, placement), None);
                }
            }
            // the show begins with what its first stage has: no empty first picture
            None if self.opening => {}
            None => {
                let grow = arrival.part(0.15, 1.0);
                group.add(
                    MotionKind::Appear(Wave::diagonal(grow.start, grow.end)),
                    None,
                );
            }
        }
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// Prepares the place of a matrix that an operation will make: faint dots until then.
    pub fn produce(&mut self, operand: Operand, placement: Placement) -> GroupIndex {
        let from = self.appear.part(0.5, 1.0).start;
        self.produce_from(operand, placement, from)
    }

    /// The same; the dots show from `from` on, in seconds of the stage.
    pub fn produce_from(
        &mut self,
        operand: Operand,
        placement: Placement,
        from: f32,
    ) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        group.ghost_from = Some(from);
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// Sends a matrix of the scene before out of the way, to wait until it is needed again.
    /// Does nothing if it was not there.
    pub fn park(&mut self, operand: Operand) {
        let wanted = self.canonical(operand);
        let config = self.pass.config();
        let found = self.before.iter_mut().find(|(group, taken)| {
            !taken
                && group
                    .final_layer()
                    .and_then(Layer::operand)
                    .is_some_and(|shown| shown.canonical(config) == wanted)
        });
        let Some((group, taken)) = found else {
            return;
        };
        *taken = true;
        let from = group.final_placement();
        let parking = self.parking();
        let mut waiting = self.new_group(operand, from);
        waiting.role = Role::Parked;
        waiting.named = false;
        if from != parking {
            let leave = self.appear;
            let wave = Wave::diagonal(leave.start, leave.end);
            waiting.add(MotionKind::Fly(wave, parking), None);
        }
        self.push(waiting);
    }

    /// Puts a matrix on the stage that grows in its place during a window of its own.
    pub fn enter_at(
        &mut self,
        operand: Operand,
        placement: Placement,
        window: (f32, f32),
    ) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        group.add(MotionKind::Appear(Wave::diagonal(window.0, window.1)), None);
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// Everything in the scene before stays where it is through this stage.
    pub fn keep_all(&mut self) {
        for (group, taken) in std::mem::take(&mut self.before) {
            if !taken {
                self.groups.push(group);
            }
        }
    }

    /// Leaves a waiting copy of a matrix behind: it parts from the matrix when the window begins
    /// and flies out of the way, to come back when the matrix is needed again.
    pub fn leave_copy(&mut self, operand: Operand, window: Window) {
        let Some(original) = self.group_of(operand) else {
            return;
        };
        let from = self.placement(original);
        let mut copy = self.new_group(operand, from);
        copy.role = Role::Parked;
        copy.named = false;
        copy.add(MotionKind::Appear(Wave::at(window.start)), None);
        let wave = Wave::diagonal(window.start, window.end);
        copy.add(MotionKind::Fly(wave, self.parking()), None);
        self.push(copy);
    }
}
