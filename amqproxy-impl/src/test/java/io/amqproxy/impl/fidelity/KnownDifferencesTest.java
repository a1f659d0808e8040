package io.amqproxy.impl.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("broker")
class KnownDifferencesTest {

    @Test
    void allNamesOfScenariosAreDifferentAndKnownDifferencesAreAmongThem() {
        List<String> names = Stream.concat(FidelityTest.scenarios(), LibrariesFidelityTest.scenarios())
                .map(Scenario::name)
                .toList();
        assertThat(names).doesNotHaveDuplicates();
        assertThat(names).containsAll(KnownDifferences.names());
    }
}
