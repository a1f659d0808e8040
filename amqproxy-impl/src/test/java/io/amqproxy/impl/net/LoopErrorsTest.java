package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a loop gives memory up, and when itself. */
class LoopErrorsTest {

    private static final OutOfMemoryError NO_MEMORY = new OutOfMemoryError("on purpose");

    private boolean hasMemory = true;
    private int reliefs;
    private final LoopErrors errors = new LoopErrors(() -> {
        if (!hasMemory) {
            throw NO_MEMORY;
        }
    });

    LoopErrorsTest() {
        errors.relief(() -> reliefs++);
    }

    @Test
    void whereMemoryIsGivenUpInTimeTheLoopGoesOnHoweverOftenThatIs() {
        for (int i = 0; i < 10 * LoopErrors.MOST; i++) {
            errors.onFault(i % 2 == 0 ? NO_MEMORY : new IllegalStateException(NO_MEMORY), i);
        }
        assertThat(reliefs).isEqualTo(10 * LoopErrors.MOST);
        assertThat(errors.fatal()).isNull();
    }

    /** Each of these costs a client; a loop that costs all its clients is none. */
    @Test
    void whereGivingMemoryUpDoesNotHelpTheLoopEnds() {
        hasMemory = false;
        for (int i = 0; i < LoopErrors.MOST; i++) {
            errors.onFault(NO_MEMORY, i);
        }
        assertThat(errors.fatal()).isNull();
        errors.onFault(NO_MEMORY, LoopErrors.WITHIN);
        assertThat(errors.fatal()).isSameAs(NO_MEMORY);
    }

    @Test
    void aFewNowAndThenAreNoEnd() {
        hasMemory = false;
        for (int i = 0; i < 10 * LoopErrors.MOST; i++) {
            errors.onFault(NO_MEMORY, i * LoopErrors.WITHIN / 10);
        }
        assertThat(errors.fatal()).isNull();
    }

    @Test
    void otherFaultsOfOwnersAreTheirs() {
        for (int i = 0; i < 10 * LoopErrors.MOST; i++) {
            errors.onFault(new StackOverflowError("on purpose"), i);
            errors.onFault(new IllegalStateException("on purpose"), i);
        }
        assertThat(reliefs).isZero();
        assertThat(errors.fatal()).isNull();
    }

    @Test
    void turnsThatFailByErrorsEndTheLoop() {
        Error fault = new StackOverflowError("on purpose");
        for (int i = 0; i <= LoopErrors.MOST; i++) {
            errors.onTurn(fault, i);
        }
        assertThat(errors.fatal()).isSameAs(fault);
    }

    @Test
    void anErrorOfATurnCountsOnce() {
        hasMemory = false;
        for (int i = 0; i < LoopErrors.MOST; i++) {
            errors.onTurn(NO_MEMORY, i);
        }
        assertThat(errors.fatal()).isNull();
        assertThat(reliefs).isEqualTo(LoopErrors.MOST);
        errors.onTurn(NO_MEMORY, LoopErrors.MOST);
        assertThat(errors.fatal()).isSameAs(NO_MEMORY);
    }

    @Test
    void whatFailsWhileMemoryIsGivenUpBeginsNothing() {
        List<String> calls = new ArrayList<>();
        errors.relief(() -> {
            calls.add("relief");
            errors.onFault(NO_MEMORY, 0);
            throw new IllegalStateException("on purpose");
        });
        errors.onFault(NO_MEMORY, 0);
        errors.onFault(NO_MEMORY, 1);
        assertThat(calls).hasSize(2);
        assertThat(errors.fatal()).isNull();
    }
}
