package io.amqproxy.program;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.amqproxy.testkit.ClassKnots;

/** Keeps the program to the rules that hold for the proxy. */
@AnalyzeClasses(
        packages = {"io.amqproxy.program", "io.amqproxy.examples"},
        importOptions = DoNotIncludeTests.class)
class ProgramArchitectureTest {

    /** A class and its part may know each other, and nobody else each other. */
    @ArchTest
    static void noMoreThanTwoClassesKnowEachOther(JavaClasses classes) {
        assertThat(classes).isNotEmpty();
        assertThat(ClassKnots.in(classes)).isEmpty();
    }

    /** The program is what an application could be. */
    @ArchTest
    static final ArchRule theProgramUsesTheApiOnly =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.amqproxy.impl..");

    @ArchTest
    static final ArchRule noPackagesNeedEachOther =
            slices().matching("io.amqproxy.(**)").should().beFreeOfCycles();
}
